"""What texts of the open web are made of, where they are not made of sentences."""

from __future__ import annotations

SENTENCE = "Le ministre de la Défense a reçu lundi à Hanoï son homologue russe Ivan Petrov, avec qui il a parlé."

#: 256 pieces, so that a byte names one: of the first, many are what the package looks for.
PIECES: tuple[str, ...] = (
    # countries, bodies, offices, persons, whole and glued
    "Russie", "russe", "Hanoï", "Côte d’Ivoire", "Cote d'Ivoire", "COTE D'IVOIRE", "ASEAN", "ONU",
    "Réunion", "réunion", "congolais", "Géorgie", "les États-Unis", "auMyanmar", "Russieet", "Vietnam",
    "République de Corée", "ministre", "de la Défense", "ministre de la Sécurité publique", "général", "Ivan Petrov",
    "Luong Tam Quang", "M. ", "Mme ", "les deux parties", "ce dernier", "Il ", "homologue", "avec ", "entre ",
    "et ", "la ", "l'", "l’", "d' ", "Qu'", "desécurité", "levice-Premierministre", "proposéd'ouvrir",
    SENTENCE, f"{SENTENCE}\n\n", "cybersécurité", "narcotrafic", "accord ", "a signé ",
    # what a page puts around an article
    "Hanoï (VNA) - ", "-VNA", "VNA/CVN", "/.", " -VNA.", "Photo : VNA", "(Photo: Vietnamnet)", "© AFP", "ảnh 1",
    "ANTARA/Reuters", ">>", ">> ", "Voir plus\n", "Lire aussi :", "Lire aussi\n", "À lire aussi : ", "Tags : ", "#",
    "date 2025-11-18 ", "date 2024-09 ", "2025-11-18", "18/11/2025 10:22", "lundi 12 mars 2019",
    "Par ", "de gauche à droite", "(à gauche)", "back to top", "|", "•", "- ", "– ", "a) ",
    # signs
    "'", "’", "\"", "«", "»", "“", "”", "(", ")", "[", "]", "{", "}", ".", "…", "!", "?", ":", ";", ",", "-", "–", "—", "‐", "‑", "_", "*", "=",
    "/", "\\", "@", "@country", "@home", "&", "%", "´", "ʼ",
    # spaces and line ends
    " ", "  ", "\t", "\xa0", "\u202f", "\n", "\n\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x1e", "\x85", "\u2028", "\u2029",
    # what is not seen
    "\0", "\x01", "\x1b[0m", "\x7f", "\u00ad", "\u200b", "\u200d", "\u200e", "\u200f", "\u202a", "\u202e", "\u2060", "\u2066",
    "\ufeff", "\ufffd", "\ufffe", "\U000e0001",
    # marks, and letters that change their number
    "\u0301", "\u0323", "\u0301\u0323", "\u0307", "\u0345", "e\u0301", "E\u0301\u0323", "\u0301" * 40, "\u0323\u0301" * 40, "\u1ab0", "\u05b0", "\u064b",
    "\u0f71", "\u3099", "ß", "İ", "ı", "ﬁ", "ﬆ", "ŉ", "ǰ", "Σ", "ς", "ǅ", "K", "Å", "Ω", "\uf900", "\ufa1d", "\u1100", "\u1161", "\u11a8", "가",
    # other scripts, planes, halves of pairs
    "Ж", "א", "ع", "中", "ท", "Đ", "đ", "Ư", "ữ", "𝐇", "𝟙", "Ⅷ", "①", "²", "👩", "👩\u200d👧", "🇻🇳", "🇻", "\ud83d", "\udc69", "\ud800", "\udfff", "\udc80",
    # mojibake
    "Ã©", "Ã ", "Ã\xa0", "Ã", "Â", "â€™", "â€", "ÃƒÂ©", "sÃ©curitÃ©", "Ð¡Ð¾", "Ä\x91", "ï»¿",
    # markup, and other formats
    "<p>", "</p>", "<div>", "<", ">", "</", "<!--", "-->", "<br>", "<li>", "<td>", "<a href=\"", "<b>", "<script>", "</script>",
    "<![CDATA[", "&amp;", "&eacute;", "&#233;", "&#x110000;", "&#0;", "&notit;", "{\"text\":", "\",\"",
    # letters and digits
    "a", "b", "e", "é", "A", "B", "É", "Z", "x", "y", "de", "0", "1", "9", "20",
)  # fmt: skip


def text_of(data: bytes) -> str:
    """The text whose pieces the bytes name."""
    return "".join(PIECES[byte % len(PIECES)] for byte in data)

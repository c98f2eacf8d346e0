import pytest

from communique.reading.repair import mend_encoding, part_words
from communique.records import MappedText


@pytest.mark.parametrize(
    ("broken", "mended", "reason"),
    [
        ("desécurité", "de sécurité", "two lower-case words"),
        ("auMyanmar", "au Myanmar", "a capital inside a word"),
        ("levice-Premierministre", "le vice-Premier ministre", "hyphenated, glued twice"),
        ("coopérationbilatérale", "coopération bilatérale", "two long words"),
        ("s'estfélicité", "s'est félicité", "behind an elision"),
        ("proposéd'ouvrir", "proposé d'ouvrir", "before an elision"),
        ("généralPhung", "général Phung", "a title glued to a name"),
        ("laFédération", "la Fédération", "a determiner glued to a capital"),
        ("quepour", "que pour", "two short words"),
        ("partenairelaotien", "partenaire laotien", "a rare adjective"),
        ("Russieet", "Russie et", "a name glued to what follows"),
        ("the ministersaid", "the minister said", "English too"),
        ("Gorovoy Kaliňák Sisoulith", "Gorovoy Kaliňák Sisoulith", "names are no glue"),
        ("VietnamPlus YouTube McCain", "VietnamPlus YouTube McCain", "brands and Scottish names"),
        ("cybersécurité aéroterrestre", "cybersécurité aéroterrestre", "long words are words"),
        (
            "malawien saint-marinaise",
            "malawien saint-marinaise",
            "adjectives that the lexicon lacks, kept by the gazetteer",
        ),
        ("narcotrafiquants halieutiques", "narcotrafiquants halieutiques", "rare words"),
        (
            "patrouilleraient ratifiera",
            "patrouilleraient ratifiera",
            "endings of the future that are words by themselves",
        ),
        ("entreprendraient", "entreprendraient", "the same behind an infinitive in -re"),
        (
            "cyberpolice anti-stupéfiants antinavires",
            "cyberpolice anti-stupéfiants antinavires",
            "a prefix and its noun",
        ),
        ("ministrede surcette", "ministre de sur cette", "what begins like a prefix is yet glued"),
        (
            "Bauerfield Mauren Betsa Vilay",
            "Bauerfield Mauren Betsa Vilay",
            "names that begin with a word and end with one",
        ),
        ("Défensede Hanoidimanche", "Défense de Hanoi dimanche", "a usual word with a capital, or a seat"),
        (
            "leprésident lapolice duministre",
            "le président la police du ministre",
            "an article, though the lexicon has the glued word",
        ),
        ("dela surle ceque ilest aété", "de la sur le ce que il est a été", "two words of grammar"),
        ("ofthe hasbeen willbe", "of the has been will be", "in English"),
        ("delaDéfense", "de la Défense", "both before a capital"),
        ("àHanoï àMoscou toVietnam ToLam", "à Hanoï à Moscou to Vietnam To Lam", "a preposition before a capital"),
        ("étéconsultés twosides", "été consultés two sides", "a short word before a longer one"),
        ("del'armée pourl'Afrique", "de l'armée pour l'Afrique", "a short word before an elision"),
        ("parla laque unfollow desolder", "parla laque unfollow desolder", "words that begin like those"),
        ("Val d'Oise les 'amis'", "Val d'Oise les 'amis'", "a quotation is no elision"),
        ("postconflit intrarégional postpandémie", "postconflit intrarégional postpandémie", "more prefixes"),
        ("contreterrorisme counterpiracy", "contreterrorisme counterpiracy", "against"),
        (
            "contrecette entreles surles contreleur",
            "contre cette entre les sur les contre leur",
            "a preposition is no prefix",
        ),
        ("minehunters theirhunters", "minehunters their hunters", "ships named by what they do"),
        ("INTERPOL ASEANAPOL", "INTERPOL ASEANAPOL", "initials"),
    ],
)
def test_words_glued_at_lost_line_breaks(broken, mended, reason):
    assert part_words(MappedText.of(broken)).text == mended, reason


@pytest.mark.parametrize(
    ("broken", "mended", "reason"),
    [
        ("la SÃ©curitÃ© publique", "la Sécurité publique", "UTF-8 read as Latin-1"),
        ("lâ€™ASEAN", "l’ASEAN", "a curly apostrophe read as Windows-1252"),
        ("Ã\xa0 HanoÃ¯", "à Hanoï", "a no-break space inside a broken letter"),
        ("Đà Nẵng, Huế", "Đà Nẵng, Huế", "sound Vietnamese is left alone"),
        ("Âge et À ce titre", "Âge et À ce titre", "sound French capitals are left alone"),
    ],
)
def test_mojibake(broken, mended, reason):
    mapped = mend_encoding(MappedText.of(broken))
    assert mapped.text == mended, reason


def test_the_map_leads_back_to_the_broken_words():
    raw = "le ministre de laSÃ©curitÃ© publique"
    mapped = part_words(mend_encoding(MappedText.of(raw)))
    at = mapped.text.index("Sécurité")
    assert raw[slice(*mapped.span(at, at + 8))] == "SÃ©curitÃ©"

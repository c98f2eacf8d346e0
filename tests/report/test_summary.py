import gzip
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import communique
from communique.errors import CommuniqueError, InputError
from communique.records import LabeledArticle, LabeledParagraph
from communique.report import summary as counting
from communique.report.labels import labels_page
from communique.report.sample import Reservoir
from communique.report.summary import Count
from communique.tables import arrow_rows


@pytest.mark.parametrize(
    ("table", "expected", "reason"),
    [
        ("by_domain", {"defense": (2, 1, 1), "policing": (1, 1, 1), "cybersecurity": (1, 1, 1), "diplomacy": (1, 1, 1),
                       "none": (2, 2, 0)}, "an article counts once in a domain; boilerplate does not"),
        ("by_partner", {"RUS": (3, 2, 2), "JPN": (2, 2, 1), "SGP": (1, 1, 1), "UN": (1, 1, 1)},
         "partners of paragraphs without a domain count"),
        ("by_pair", {("RUS", "defense"): (2, 1, 1), ("RUS", "policing"): (1, 1, 1), ("RUS", "diplomacy"): (1, 1, 1),
                     ("JPN", "diplomacy"): (1, 1, 1), ("JPN", "none"): (1, 1, 0), ("SGP", "cybersecurity"): (1, 1, 1),
                     ("UN", "cybersecurity"): (1, 1, 1)}, "each partner with each domain of its paragraph"),
        ("by_month", {("2021-12", "defense"): (2, 1, 1), ("2021-12", "policing"): (1, 1, 1),
                      ("2022-01", "diplomacy"): (1, 1, 1)}, "a mere year has no month, nor has no date"),
        ("by_year", {("2021", "RUS"): (2, 1, 1), ("2022", "RUS"): (1, 1, 1), ("2022", "JPN"): (2, 2, 1)},
         "a mere year counts, no date does not"),
    ],
)  # fmt: skip
def test_tables(labels, table, expected, reason):
    frame = getattr(communique.summary(labels), table)()
    keys = [tuple(k) if len(k) > 1 else k[0] for k in frame.iloc[:, :-3].itertuples(index=False)]
    counts = frame[["paragraphs", "articles", "review"]].itertuples(index=False, name=None)
    assert list(zip(keys, counts, strict=True)) == list(expected.items()), reason


def test_the_matrix_counts_paragraphs_or_articles(labels):
    summary = communique.summary(labels)
    assert summary.matrix().loc["RUS"].tolist() == [2, 1, 0, 1, 0]
    assert summary.matrix("articles").loc["RUS"].tolist() == [1, 1, 0, 1, 0]
    assert summary.matrix().index.tolist() == ["RUS", "JPN", "SGP", "UN"]
    with pytest.raises(CommuniqueError, match="expected one of paragraphs, articles, got 'words'"):
        summary.matrix("words")


def test_review_flags_and_totals(labels):
    summary = communique.summary(labels)
    assert summary.total == Count(6, 4, 3)
    assert summary.models == ("test-1",)
    assert summary.review().values.tolist() == [["", 2, 1, 1, 0.5], ["2021", 2, 1, 1, 0.5], ["2022", 2, 2, 1, 0.5]]


@pytest.mark.parametrize("date", ["18/11/2025", "18 novembre 2025", "20251118", "2025/11/18", "2025-13"])
def test_a_date_that_is_not_iso_counts_as_none_in_every_table_and_on_the_page(make_row, tmp_path, date):
    rows = [make_row("a", 1, "x", date=date, partners=["RUS"], review=True), make_row("b", 1, "x", date="2025-11-18")]
    (tmp_path / "l.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    summary = communique.summary(tmp_path / "l.jsonl")
    assert summary.by_month()["month"].tolist() == ["2025-11"]
    assert summary.by_year()["year"].tolist() == []
    assert summary.review()[["year", "paragraphs"]].values.tolist() == [["", 1], ["2025", 1]]
    payload = json.loads(re.search(r'id="payload">(.*?)</script>', labels_page(summary), re.DOTALL)[1])
    assert payload["data"]["months"] == ["", "2025-11"]
    shown = [(item["date"], item["month"]) for item in payload["data"]["flagged"] + payload["data"]["others"]]
    assert shown == [(date, ""), ("2025-11-18", "2025-11")], "it is shown as it stands, and in no year"


def test_every_way_in_gives_the_same_counts(labels, rows, tmp_path):
    (tmp_path / "l.jsonl.gz").write_bytes(gzip.compress(labels.read_bytes()))
    with pa.OSFile(str(tmp_path / "l.jsonl.zst"), "wb") as file, pa.CompressedOutputStream(file, "zstd") as stream:
        stream.write(labels.read_bytes())
    pq.write_table(pa.Table.from_batches([arrow_rows(rows)]), tmp_path / "l.parquet", row_group_size=2)
    articles = {}
    for one in rows:
        articles.setdefault(one["article"], []).append(one)
    given = [
        LabeledArticle(id, its[0]["title"], its[0]["date"], "VNM", "test-1", tuple(map(LabeledParagraph.of_row, its)))
        for id, its in articles.items()
    ]
    expected = communique.summary(labels)
    for way in (str(labels), tmp_path / "l.jsonl.gz", tmp_path / "l.jsonl.zst", tmp_path / "l.parquet", iter(given)):
        found = communique.summary(way)
        assert (found.cells, found.domains) == (expected.cells, expected.domains), way
        assert [e.paragraph.text for e in found.flagged] == [e.paragraph.text for e in expected.flagged]


def test_articles_with_one_id_behind_one_another_are_two(make_row, tmp_path):
    (tmp_path / "l.jsonl").write_text("".join(json.dumps(make_row("a", k, "x")) + "\n" for k in (1, 2, 1, 2)))
    assert communique.summary(tmp_path / "l.jsonl").total == Count(4, 2, 0)


def test_domains_of_ones_own_stand_in_the_order_of_the_alphabet(make_row, tmp_path):
    (tmp_path / "l.jsonl").write_text(json.dumps(make_row("a", 1, "x", domains=["trade", "culture"])))
    assert communique.summary(tmp_path / "l.jsonl").by_domain()["domain"].tolist() == ["culture", "trade", "none"]


def test_nothing_labelled_is_an_ordinary_answer(tmp_path):
    (tmp_path / "l.jsonl").write_text("")
    summary = communique.summary(tmp_path / "l.jsonl")
    assert summary.total == Count()
    assert {name: len(frame) for name, frame in summary.frames().items()} == {
        "domains": 5, "partners": 0, "pairs": 0, "matrix": 0, "months": 0, "years": 0, "review": 0
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("l.jsonl", b'{"id": "a", "text": "t"}\n', "l.jsonl:1: expected a labelled paragraph"),
        ("l.jsonl", b"[1]\n", "l.jsonl:1: expected a labelled paragraph"),
        ("l.jsonl", b"\n{broken\n", "l.jsonl:2: broken JSON"),
        ("l.jsonl.gz", gzip.compress(b"{}" * 99)[:-9], "damaged"),
        ("l.parquet", b"PAR1 no more", "damaged Parquet"),
        ("l.csv", b"article\n", "expected labels as .jsonl"),
        ("l.jsonl", None, "no such file; expected what `communique predict -o` wrote"),
    ],
)
def test_what_is_no_labels_is_refused(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        communique.summary(tmp_path / name)


def test_labels_that_are_no_lists_are_refused(make_row, tmp_path):
    (tmp_path / "l.jsonl").write_text(json.dumps(make_row("a", 1, "x") | {"domains": "defense"}))
    with pytest.raises(InputError, match=r"l\.jsonl:1: expected lists of domains"):
        communique.summary(tmp_path / "l.jsonl")


def test_what_is_kept_to_be_read_is_bounded(make_row, tmp_path, monkeypatch):
    monkeypatch.setattr(counting, "EXCERPTS", 5)
    rows = (make_row("a", k, f"text {k}", review=k % 10 == 0) for k in range(40))
    (tmp_path / "l.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    summary = communique.summary(tmp_path / "l.jsonl")
    assert [e.paragraph.index for e in summary.flagged] == [0, 10, 20, 30]
    kept = [e.paragraph.index for e in summary.others]
    assert len(kept) == 5
    assert kept == sorted(set(kept))


def test_every_item_of_a_stream_is_drawn_as_often_as_any_other():
    drawn = [0] * 20
    for seed in range(2000):
        reservoir = Reservoir(5, seed=seed)
        for item in range(20):
            reservoir.add(item)
        for item in reservoir.items():
            drawn[item] += 1
    assert all(400 < count < 600 for count in drawn)  # 500 expected, with a standard deviation of 19

import pytest

from communique.evaluation import ERROR_KINDS, Pair, count_errors, errors_of, evaluate, measure
from communique.reading.coded import read_coded
from communique.records import Coding

RUS = Coding(("defense",), ("RUS",), ("RUS",))
CARRIED = Coding(("defense",), ("RUS",), ())


@pytest.mark.parametrize(
    ("gold", "found", "kinds", "expected", "reason"),
    [
        (RUS, RUS, ("body", "body"), [], "right in all"),
        (Coding(), Coding(), ("body", "body"), [], "no label is an answer too"),
        (Coding(("defense", "policing")), Coding(("defense",)), ("body", "body"), [("domain_missed", "policing")],
         "one of two domains"),
        (Coding(("defense",)), Coding(("policing",)), ("body", "body"),
         [("domain_missed", "defense"), ("domain_added", "policing")], "one in place of the other is both"),
        (RUS, Coding(("defense",)), ("body", "body"), [("named_missed", "RUS")], "a named partner that is none"),
        (CARRIED, Coding(("defense",)), ("body", "body"), [("carried_missed", "RUS")], "a carried partner that is none"),
        (Coding(), Coding((), ("RUS",), ("RUS",)), ("body", "body"), [("named_added", "RUS")], "a mention taken for a partner"),
        (Coding(), Coding((), ("RUS",)), ("body", "body"), [("carried_added", "RUS")], "carried too far"),
        (RUS, CARRIED, ("body", "body"), [("role_confused", "RUS")], "the partner is right, and neither missed nor added"),
        (CARRIED, RUS, ("body", "body"), [("role_confused", "RUS")], "the same the other way round"),
        (Coding((), ("RUS", "LAO"), ("LAO",)), Coding((), ("LAO", "UN"), ("UN",)), ("body", "body"),
         [("carried_missed", "RUS"), ("named_added", "UN"), ("role_confused", "LAO")], "several, in the order of the kinds"),
        (RUS, Coding(), ("body", "boilerplate"),
         [("domain_missed", "defense"), ("named_missed", "RUS"), ("body_as_boilerplate", None)],
         "what is taken for boilerplate has lost its labels"),
        (Coding(), Coding(), ("body", "boilerplate"), [("body_as_boilerplate", None)], "it had none to lose"),
        (CARRIED, None, ("body", None),
         [("domain_missed", "defense"), ("carried_missed", "RUS"), ("body_not_found", None)], "so has what was not found"),
        (Coding(), Coding(), ("boilerplate", "boilerplate"), [], "boilerplate seen as such"),
        (Coding(), RUS, ("boilerplate", "body"), [("boilerplate_missed", None)], "labels on boilerplate are not counted"),
        (Coding(), None, ("boilerplate", None), [("boilerplate_missed", None)], "the metrics count it as missed too"),
    ],
)  # fmt: skip
def test_kinds_of_errors(pair, gold, found, kinds, expected, reason):
    coded, predicted = kinds
    one = pair(gold, found, gold_kind=coded, kind=predicted) if found else Pair("a", "x", gold, coded, None)
    assert [(error.kind, error.label) for error in errors_of(one)] == expected, reason


def test_paragraphs_and_errors_are_counted_apart(pair):
    pairs = [pair(Coding(("defense", "policing")), Coding(("diplomacy",))), pair(RUS, RUS), pair(RUS, Coding())]
    counts = {kind: (c.paragraphs, c.errors) for kind, c in count_errors(pairs).items()}
    assert list(counts) == list(ERROR_KINDS), "kinds that did not occur stand there with 0"
    assert {kind: c for kind, c in counts.items() if c != (0, 0)} == {
        "domain_missed": (2, 3),
        "domain_added": (1, 1),
        "named_missed": (1, 1),
    }


def test_the_errors_are_those_that_the_figures_count(labeler, root):
    """Misses and additions from the records, against those that precision and recall say."""
    result = evaluate(labeler, read_coded([root / "seeds" / "coded.jsonl", root / "data" / "outside"]), samples=0)
    errors = {kind: count.errors for kind, count in count_errors(result.paragraphs).items()}

    def off(score):
        """How many were missed, and how many added, by a score."""
        hits = round(score.recall * score.n)
        return score.n - hits, round(hits / score.precision) - hits

    domains = [off(score) for score in result.labels.values()]
    assert errors["domain_missed"] == sum(missed for missed, _ in domains)
    assert errors["domain_added"] == sum(added for _, added in domains)
    assert off(result.partners) == (
        errors["named_missed"] + errors["carried_missed"],
        errors["named_added"] + errors["carried_added"],
    )
    # Where the role is confused, one of the two misses it and the other has it too many.
    assert (
        sum(map(sum, (off(result.named), off(result.carried))))
        == sum(errors[kind] for kind in ("named_missed", "carried_missed", "named_added", "carried_added"))
        + 2 * errors["role_confused"]
    )
    assert min(errors["domain_missed"], errors["named_added"], errors["role_confused"]) > 0, "a test of something"
    wrong = sum(bool({e.kind for e in errors_of(p)} & {"domain_missed", "domain_added"}) for p in result.paragraphs)
    assert wrong == round((1 - result.exact) * result.n)


def test_an_evaluation_keeps_its_paragraphs_out_of_its_json_and_its_repr(pair):
    pairs = [pair(RUS, RUS, text="a text to look for")]
    result = measure(pairs, model="m", segmented=False)
    assert result.paragraphs == tuple(pairs)
    assert "paragraphs" not in result.to_dict()
    assert "a text to look for" not in repr(result)

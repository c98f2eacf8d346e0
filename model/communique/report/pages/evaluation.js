"use strict";

/* How right a model is: its figures as they were measured, and its errors by the reader's choice. */
(() => {
  const { data, say, count, decimal, percent, make } = page;
  const { metrics } = data;
  const names = new Map([...data.domains, ...data.partners]);
  const scored = [...data.domains.map(([id, name]) => [`domains.${id}`, name]), ["partners", say("partners.title")]];

  const interval = ([, low, high]) => (low === null ? "" : `${decimal(low)}–${decimal(high)}`);
  const estimate = (one) => [decimal(one[0]), interval(one) && ` (${interval(one)})`].join("");
  const metricName = (name) => say(`metric.${name}`);

  function lead() {
    const parts = [
      data.source,
      data.model,
      say("evaluation.lead", { paragraphs: count(data.n), articles: count(data.articles) }),
      data.samples ? say("evaluation.intervals", { samples: count(data.samples) }) : "",
    ];
    document.getElementById("lead").textContent = parts.filter(Boolean).join(" · ");
  }

  function figures() {
    const main = [
      "domains.macro_f1", "domains.micro_f1", "domains.exact", "partners.f1", "partners.exact", "named.f1", "carried.f1",
      "pairs.f1", "kind.f1", "review.flagged", "review.exact_unflagged",
    ];
    const cards = main.filter((name) => metrics[name][0] !== null).map((name) =>
      make("div", { "data-metric": name },
        make("dt", {}, metricName(name)),
        make("dd", {}, decimal(metrics[name][0])),
        ...[interval(metrics[name]), `n = ${count(metrics[name][3])}`].filter(Boolean).map((text) =>
          make("dd", {}, make("small", {}, text)))));
    document.getElementById("figures").replaceChildren(...cards);
  }

  /* The columns of a figure: with its interval in brackets, and the ends of that in the CSV. */
  const figure = (key, label) => [
    { key, label, show: (row) => estimate([row[key], row[`${key}_low`], row[`${key}_high`]]) },
    { key: `${key}_low`, label: `${label} ${say("interval.low")}`, hidden: true },
    { key: `${key}_high`, label: `${label} ${say("interval.high")}`, hidden: true },
  ];
  const plain = (key, label) => ({ key, label, show: (row) => decimal(row[key]) });
  const cells = (key, [value, low, high]) => ({ [key]: value, [`${key}_low`]: low, [`${key}_high`]: high });

  function scores(name, parts) {
    const row = { n: metrics[`${name}.f1`][3] };
    for (const part of parts) Object.assign(row, cells(part, metrics[`${name}.${part}`]));
    return row;
  }

  function domains() {
    page.table("domains-table", say("domains.title"))(
      [
        { key: "name", label: say("filter.domain"), text: true },
        plain("precision", say("score.precision")),
        plain("recall", say("score.recall")),
        ...figure("f1", say("score.f1")),
        plain("average_precision", say("score.average_precision")),
        plain("ece", say("score.ece")),
        { key: "n", label: "n" },
      ],
      data.domains.map(([id, name]) => ({
        name, ...scores(`domains.${id}`, ["precision", "recall", "f1", "average_precision", "ece"]),
      })),
    );
  }

  function partners() {
    const rows = ["partners", "named", "carried", "pairs", "kind"].filter((name) => metrics[`${name}.f1`][0] !== null);
    page.table("partners-table", say("partners.title"))(
      [
        { key: "name", label: say("partners.what"), text: true },
        plain("precision", say("score.precision")),
        plain("recall", say("score.recall")),
        ...figure("f1", say("score.f1")),
        { key: "n", label: "n" },
      ],
      rows.map((name) => ({ name: say(`partners.${name}`), ...scores(name, ["precision", "recall", "f1"]) })),
    );
  }

  function comparison() {
    if (!data.comparison) return;
    const signed = (value) => `${value < 0 ? "−" : "+"}${decimal(Math.abs(value))}`;
    document.getElementById("comparison-models").textContent =
      say("comparison.models", { model: data.model, other: data.comparison.other });
    page.table("comparison-table", say("comparison.title"))(
      [
        { key: "name", label: say("comparison.metric"), text: true },
        plain("value", say("comparison.this")),
        plain("other", say("comparison.other")),
        {
          key: "difference", label: say("comparison.difference"),
          show: ({ difference, low, high }) =>
            signed(difference) + (low === null ? "" : ` (${say("comparison.range", { low: signed(low), high: signed(high) })})`),
        },
        { key: "low", label: `${say("comparison.difference")} ${say("interval.low")}`, hidden: true },
        { key: "high", label: `${say("comparison.difference")} ${say("interval.high")}`, hidden: true },
        { key: "holds", label: say("comparison.holds"), text: true },
      ],
      data.comparison.differences.map(([name, value, other, difference, low, high, holds]) => ({
        name: metricName(name), value, other, difference, low, high, holds: say(holds ? "yes" : "no"),
      })),
    );
  }

  function slices() {
    const by = document.getElementById("slices-by");
    if (!by) return;
    const shown = ["domains.micro_f1", "domains.exact", "partners.f1", "carried.f1", "pairs.f1"];
    const draw = page.table("slices-table", say("slices.title"));
    const kinds = [...new Set(data.slices.map((part) => part.by))];
    by.replaceChildren(...kinds.map((kind) => make("option", { value: kind }, say(`slice.${kind}`))));
    const update = () =>
      draw(
        [
          { key: "value", label: say(`slice.${by.value}`), text: true },
          ...shown.flatMap((name) => figure(name, metricName(name))),
          { key: "articles", label: say("figure.articles") },
          { key: "n", label: "n" },
        ],
        data.slices.filter((part) => part.by === by.value).map(({ value, articles, n, metrics: found }) =>
          Object.assign({ value, articles, n }, ...shown.map((name) => cells(name, found[name])))),
      );
    by.addEventListener("change", update);
    update();
  }

  /* Errors are shaded by their share of the row, from a twentieth for each step. */
  function confusion() {
    const { labels, counts, missed, n } = data.confusion;
    const shade = (row, value) => (value ? Math.min(1 + Math.floor((20 * value) / row.n), 5) : 0);
    const share = (row, value) => (row.n ? `${count(value)} · ${percent(value / row.n)}` : "–");
    const rows = labels.map(([id, name], k) => ({
      id, name, n: n[k], missed: missed[k], ...Object.fromEntries(labels.map(([other], j) => [`to_${other}`, counts[k][j]])),
    }));
    const given = (id, label) => ({
      key: `to_${id}`, label,
      show: (row) => (row.id === id ? make("strong", {}, share(row, row[`to_${id}`])) : share(row, row[`to_${id}`])),
      shade: (row) => (row.id === id ? 0 : shade(row, row[`to_${id}`])),
    });
    page.table("confusion-table", say("confusion.title"))(
      [
        { key: "name", label: say("confusion.coded"), text: true },
        ...labels.map(([id, name]) => given(id, name)),
        { key: "missed", label: say("confusion.missed"), show: (row) => share(row, row.missed), shade: (row) => shade(row, row.missed) },
        { key: "n", label: "n" },
      ],
      rows,
    );
  }

  /* A small chart for each domain and for partners in the place `id`, with the rows that `rowsOf` gives. */
  function small(id, rowsOf) {
    document.getElementById(id).replaceChildren(
      ...scored.map(([key, name]) => make("div", {}, make("h3", {}, name), make("div", { class: "chart", id: `${id}-${key}` }))));
    for (const [key, name] of scored) page.chart(`${id}-${key}`, { ratio: 1, spec: id, of: name })(rowsOf(key));
  }

  function curves() {
    const bins = (key) =>
      data.curves[key].calibration.map(([low, high, n, score, share]) => ({ low, high, n, score, share }));
    const operations = (key) =>
      data.curves[key].thresholds.map(([threshold, precision, recall, f1]) => ({ threshold, precision, recall, f1 }));
    const model = (key) =>
      Object.fromEntries(["precision", "recall", "f1"].map((part) => [part, metrics[`${key}.${part}`][0]]));
    small("calibration", bins);
    // Where nothing is labelled rightly, there may be nothing labelled, and no precision to draw
    small("curves", (key) => [...operations(key).filter(({ f1 }) => f1), model(key)]);
    small("thresholds", (key) => operations(key).map((one) => (one.f1 ? one : { ...one, precision: null })));
    const all = (rowsOf) => scored.flatMap(([key, name]) => rowsOf(key).map((row) => ({ name, ...row })));
    const label = { key: "name", label: say("label"), text: true };
    page.table("calibration-table", say("calibration.title"))(
      [
        label, plain("low", say("calibration.from")), plain("score", say("calibration.score")),
        plain("share", say("calibration.share")), { key: "n", label: say("calibration.n") },
      ],
      all(bins),
    );
    page.table("thresholds-table", say("thresholds.title"))(
      [
        label, { key: "threshold", label: say("threshold") },
        ...["precision", "recall", "f1"].map((part) => plain(part, say(`score.${part}`))),
      ],
      all(operations),
    );
  }

  /* A paragraph as it is read: what is wrong, both codings side by side, scores, text, and its article. */

  const roleName = (named) => say(named ? "role.short.named" : "role.short.carried");
  const withCode = (code) => (names.get(code) === code ? code : `${names.get(code)} (${code})`);
  const errorName = ([kind, label]) => label ? say("named", { name: say(`error.${kind}`), value: names.get(label) }) : say(`error.${kind}`);

  /* What a side says of a paragraph, as [text, class, whether the other side says it too]. */
  function labelsOf(kind, side, other) {
    if (kind !== "body") return [[say(kind ? "kind.boilerplate" : "kind.absent"), "kind", false]];
    const found = [
      ...side.domains.map((id) => [names.get(id), "domain", other.domains.includes(id)]),
      ...side.partners.map(([code, named]) => [
        `${withCode(code)} · ${roleName(named)}`, named ? "named" : "carried",
        other.partners.some(([too, role]) => too === code && role === named),
      ]),
    ];
    return found.length ? found : [[say("labels.none"), "kind", true]];
  }

  function sides({ kinds, coded, model, scores: numbers }) {
    const chips = (kind, side, other) =>
      make("ul", { class: "labels" }, ...labelsOf(kind, side, other).map(([text, style, same]) =>
        make("li", { class: same ? style : `${style} wrong` }, text)));
    const ranked = numbers.map(([label, score]) => `${names.get(label)} ${decimal(score)}`).join(" · ");
    return make("dl", { class: "sides" },
      make("dt", {}, say("side.coded")), make("dd", {}, chips(kinds[0], coded, model)),
      make("dt", {}, say("side.model")), make("dd", {}, chips(kinds[1], model, coded)),
      ...(ranked ? [make("dt", {}, say("side.scores")), make("dd", {}, ranked)] : []));
  }

  function whole(article, at) {
    const line = (name, kind, side, other) =>
      say("named", { name: say(`side.${name}`), value: labelsOf(kind, side, other).map(([text]) => text).join(", ") });
    const paragraphs = article.paragraphs.map(({ kinds, coded, model, pieces, cut, errors }, index) => {
      const said = errors.length
        ? [line("coded", kinds[0], coded, model), line("model", kinds[1], model, coded)]
        : [line("both", kinds[0], coded, model)];
      said[0] = `${index} · ${said[0]}`;
      return make("div", { class: index === at ? "beside here" : "beside", "aria-current": index === at ? "true" : null },
        make("div", {}, ...said.map((text) => make("p", { class: "place" }, text))),
        make("p", { class: "text", lang: article.language?.[0] ?? null }, ...page.marked(pieces, cut)));
    });
    return make("div", { class: "whole" }, ...paragraphs);
  }

  function shown({ article, index }) {
    const paragraph = article.paragraphs[index];
    const { id, title, date, home, language, outlet } = article;
    const place = [id, date, say("reading.paragraph", { number: index }), home[1], language?.[1], outlet].filter(Boolean);
    const wrong = paragraph.errors.map((error) => make("li", { class: "wrong" }, errorName(error)));
    const flag = paragraph.review ? [make("li", { class: "flag" }, say("reading.review"))] : [];
    const details = make("details", {}, make("summary", {}, say("errors.article")));
    details.addEventListener("toggle", () => details.append(whole(article, index)), { once: true });
    return make("article", {},
      make("h3", { lang: language?.[0] ?? null }, title ?? id),
      make("p", { class: "place" }, place.join(" · ")),
      make("div", { class: "beside" },
        make("div", {}, make("ul", { class: "labels" }, ...wrong, ...flag), sides(paragraph)),
        make("p", { class: "text", lang: language?.[0] ?? null }, ...page.marked(paragraph.pieces, paragraph.cut))),
      details);
  }

  function errors() {
    const form = document.getElementById("choice");
    const items = data.texts.flatMap((article) =>
      article.paragraphs.flatMap(({ errors: found }, index) => (found.length ? [{ article, index }] : [])));
    const paragraphOf = ({ article, index }) => article.paragraphs[index];
    const read = page.pager("reading", shown);
    const aboutDomains = (kind) => kind.startsWith("domain");
    const aboutPartners = (kind) => /^(named|carried|role)_/.test(kind);

    /* Whether a label is wrong in a paragraph, by the kind of error that was chosen; where that kind is of other things,
       whether it is there. */
    function fits(item, value, kind, about, labels) {
      if (!value) return true;
      const { coded, model, errors: found } = paragraphOf(item);
      if (kind && !about(kind)) return [...labels(coded), ...labels(model)].includes(value);
      return found.some(([which, label]) => label === value && about(which) && (!kind || which === kind));
    }

    const tests = {
      kind: (item, value) => !value || paragraphOf(item).errors.some(([kind]) => kind === value),
      domain: (item, value, kind) => fits(item, value, kind, aboutDomains, (side) => side.domains),
      partner: (item, value, kind) => fits(item, value, kind, aboutPartners, (side) => side.partners.map(([code]) => code)),
      home: ({ article }, value) => !value || article.home[0] === value,
      language: ({ article }, value) => !value || article.language?.[0] === value,
      outlet: ({ article }, value) => !value || article.outlet === value,
      review: (item, value) => !value || String(paragraphOf(item).review) === value,
    };

    function update() {
      const kind = form.elements.kind.value;
      read(items.filter((item) => Object.entries(tests).every(([name, test]) => test(item, form.elements[name].value, kind))));
    }

    /* Fills a select, and hides it where there is nothing to choose from. */
    function options(name, values) {
      const select = form.elements[name];
      select.replaceChildren(make("option", { value: "" }, say("filter.all")),
        ...values.map(([value, text]) => make("option", { value }, text)));
      select.parentElement.hidden = values.length < 2;
    }

    const order = new Intl.Collator(document.documentElement.lang, { numeric: true });
    const sorted = (pairs) => [...new Map(pairs)].sort((a, b) => order.compare(a[1], b[1]));
    const onPage = (kind) => items.filter((item) => tests.kind(item, kind)).length;
    const labelled = items.flatMap((item) => paragraphOf(item).errors.filter(([kind]) => aboutPartners(kind)));
    options("kind", data.kinds.filter(([kind]) => onPage(kind)).map(([kind]) =>
      [kind, `${say(`error.${kind}`)} (${count(onPage(kind))})`]));
    options("domain", data.domains);
    options("partner", sorted(labelled.map(([, code]) => [code, withCode(code)])));
    options("home", sorted(items.map(({ article }) => article.home)));
    options("language", sorted(items.flatMap(({ article }) => (article.language ? [article.language] : []))));
    options("outlet", sorted(items.flatMap(({ article }) => (article.outlet ? [[article.outlet, article.outlet]] : []))));
    options("review", [["true", say("review.true")], ["false", say("review.false")]]);

    document.getElementById("errors-sample").textContent = say("errors.sample", {
      paragraphs: count(items.length), all_paragraphs: count(data.all_paragraphs),
      articles: count(data.texts.length), all_articles: count(data.all_articles),
    }) + (items.length < data.all_paragraphs ? ` ${say("errors.drawn")}` : "");
    page.table("errors-table", say("errors.title"))(
      [
        { key: "name", label: say("filter.kind"), text: true },
        { key: "paragraphs", label: say("figure.paragraphs") },
        { key: "errors", label: say("errors.count") },
        { key: "here", label: say("errors.here"), hidden: items.length === data.all_paragraphs },
      ],
      data.kinds.map(([kind, paragraphs, number]) => ({ name: say(`error.${kind}`), paragraphs, errors: number, here: onPage(kind) })),
    );
    form.addEventListener("change", update);
    form.addEventListener("reset", () => setTimeout(update));
    form.addEventListener("submit", (event) => event.preventDefault());
    update();
  }

  lead();
  figures();
  domains();
  partners();
  comparison();
  slices();
  confusion();
  curves();
  errors();
})();

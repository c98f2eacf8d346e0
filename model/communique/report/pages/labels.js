"use strict";

/* Counts by the reader's choice. Every figure is a sum over months of the cells that were counted when the page was made. */
(() => {
  const { data, say, count, make, steps, shade, legend } = page;
  const TOP = 15;
  const form = document.getElementById("filters");
  const cells = new Map(data.cells.map(([domain, partner, counts]) => [`${domain}:${partner}`, counts]));
  const years = [...new Set(data.months.filter(Boolean).map((month) => month.slice(0, 4)))];
  const domains = data.domains.map(([id, name], k) => ({ id, name, at: k + 1 }));
  const partners = data.partners.map(([id, name], k) => ({ id, name, at: k + 1 }));
  const onMap = new Set(mapped());

  const drawMatrix = page.table("matrix-table", say("matrix.title"));
  const drawMonths = page.table("months-table", say("months.title"));
  const drawYears = page.table("years-table", say("years.title"));
  const chartMonths = page.chart("months");
  const chartYears = page.chart("years");
  const chartMap = page.chart("map", { ratio: 0.49 });
  const read = page.pager("reading", page.paragraph);
  const show = document.getElementById("reading-show");

  function mapped() {
    const world = page.charts.map.data.find(({ format }) => format?.type === "topojson").values;
    return world.objects.countries.geometries.map(({ id }) => id).filter(Boolean);
  }

  function options(name, rows) {
    const whole = make("option", { value: "" }, say("filter.all"));
    form.elements[name].replaceChildren(whole, ...rows.map(([value, text]) => make("option", { value }, text)));
  }

  function chosen() {
    const value = (name) => form.elements[name].value;
    return {
      domain: domains.find(({ id }) => id === value("domain")),
      partner: partners.find(({ id }) => id === value("partner")),
      from: value("from"),
      to: value("to"),
      unit: value("unit"),
    };
  }

  /* Whether a month, or a mere year, lies in the years that were chosen; what has none only where all are. */
  const inYears = ({ from, to }, month) =>
    month ? (!from || month.slice(0, 4) >= from) && (!to || month.slice(0, 4) <= to) : !from && !to;

  /* Calls `add` with the month and the counts of each cell of a domain and partner (0: any) in the chosen years. */
  function each(choice, domain, partner, add) {
    const counts = cells.get(`${domain}:${partner}`) ?? [];
    for (let k = 0; k < counts.length; k += 4) {
      const month = data.months[counts[k]];
      if (inYears(choice, month)) add(month, { paragraphs: counts[k + 1], articles: counts[k + 2], review: counts[k + 3] });
    }
  }

  function sum(choice, domain, partner) {
    const total = { paragraphs: 0, articles: 0, review: 0 };
    each(choice, domain, partner, (_, counts) => {
      for (const name in total) total[name] += counts[name];
    });
    return total;
  }

  function update() {
    const choice = chosen();
    const rows = partnersOf(choice);
    figures(choice, rows);
    matrix(choice, rows);
    map(choice, rows);
    months(choice);
    changes(choice, rows);
    reading(choice);
  }

  /* The partners of the choice with their counts in its domain, those of the highest first. */
  function partnersOf(choice) {
    return (choice.partner ? [choice.partner] : partners)
      .map((partner) => ({ partner, total: sum(choice, choice.domain?.at ?? 0, partner.at) }))
      .filter(({ total }) => total.paragraphs)
      .sort((a, b) => b.total[choice.unit] - a.total[choice.unit]);
  }

  function figures(choice, rows) {
    const total = sum(choice, choice.domain?.at ?? 0, choice.partner?.at ?? 0);
    const share = total.paragraphs ? Math.round((100 * total.review) / total.paragraphs) : 0;
    const values = { paragraphs: total.paragraphs, articles: total.articles, partners: rows.length, review: total.review };
    for (const [name, value] of Object.entries(values))
      document.getElementById(`figure-${name}`).replaceChildren(count(value));
    document.getElementById("figure-review").append(make("small", {}, ` ${share} %`));
  }

  function matrix(choice, rows) {
    const shown = choice.domain ? [choice.domain] : domains;
    const lines = rows.map(({ partner, total }) => {
      const line = { name: partner.name, code: partner.id, total: total[choice.unit], review: total.review };
      for (const domain of shown) line[domain.id] = sum(choice, domain.at, partner.at)[choice.unit];
      return line;
    });
    const limits = steps(Math.max(...lines.flatMap((line) => shown.map(({ id }) => line[id])), 1));
    drawMatrix(
      [
        { key: "name", label: say("matrix.partner"), text: true },
        { key: "code", label: say("matrix.code"), text: true },
        ...shown.map(({ id, name }) => ({ key: id, label: name, shade: (line) => shade(line[id], limits) })),
        ...(choice.domain ? [] : [{ key: "total", label: say("matrix.total") }]),
        { key: "review", label: say("matrix.review") },
      ],
      lines,
    );
  }

  function map(choice, rows) {
    const most = Math.max(...rows.map(({ total }) => total[choice.unit]), 1);
    const limits = steps(most);
    const counts = rows.map(({ partner, total }) => ({ id: partner.id, name: partner.name, count: total[choice.unit] }));
    const absent = counts.filter(({ id }) => !onMap.has(id)).map(({ name, count: n }) => `${name} (${count(n)})`);
    legend("map-legend", limits, most);
    chartMap(counts, { steps: limits });
    document.getElementById("map-absent").textContent = absent.length ? say("map.absent", { names: absent.join(", ") }) : "";
  }

  function months(choice) {
    const shown = choice.domain ? [choice.domain] : domains;
    const bars = [];
    const lines = new Map();
    for (const domain of shown)
      each(choice, domain.at, choice.partner?.at ?? 0, (month, counts) => {
        if (month.length < 7) return;
        const [year, number] = month.split("-").map(Number);
        const value = counts[choice.unit];
        bars.push({ month: new Date(year, number - 1).getTime(), domain: domain.name, order: domain.at, count: value });
        if (!lines.has(month)) lines.set(month, { month });
        lines.get(month)[domain.id] = value;
      });
    let undated = 0;
    each(choice, choice.domain?.at ?? 0, choice.partner?.at ?? 0, (month, { paragraphs }) => {
      if (month.length < 7) undated += paragraphs;
    });
    const note = document.getElementById("months-note");
    note.hidden = !undated;
    note.textContent = say("months.note", { count: count(undated) });
    chartMonths(bars);
    drawMonths(
      [
        { key: "month", label: say("months.month"), text: true },
        ...shown.map(({ id, name }) => ({ key: id, label: name })),
      ],
      [...lines.values()].sort((a, b) => (a.month < b.month ? -1 : 1)),
    );
  }

  function changes(choice, rows) {
    const shown = years.filter((year) => inYears(choice, year));
    const lines = rows.map(({ partner }) => {
      const line = { name: partner.name };
      each(choice, choice.domain?.at ?? 0, partner.at, (month, counts) => {
        const year = month.slice(0, 4) || "undated";
        line[year] = (line[year] ?? 0) + counts[choice.unit];
      });
      return line;
    });
    const cellsOf = (line, order) =>
      shown.filter((year) => line[year]).map((year) => ({ partner: line.name, year, order, count: line[year] }));
    const top = lines.slice(0, TOP).flatMap(cellsOf);
    const most = Math.max(...top.map(({ count: value }) => value), 1);
    const limits = steps(most);
    legend("years-legend", limits, most);
    chartYears(top, { steps: limits });
    const note = document.getElementById("years-note");
    note.hidden = lines.length <= TOP;
    note.textContent = say("years.note", { count: TOP });
    const undated = lines.some((line) => line.undated) ? [{ key: "undated", label: say("undated") }] : [];
    drawYears(
      [
        { key: "name", label: say("matrix.partner"), text: true },
        ...shown.map((year) => ({ key: year, label: year, shade: (line) => shade(line[year], limits) })),
        ...undated,
      ],
      lines,
    );
  }

  function reading(choice) {
    const groups = { flagged: data.flagged, others: data.others, all: [...data.flagged, ...data.others] };
    const fits = (item) =>
      inYears(choice, item.month) &&
      (!choice.partner || item.partners.some(([code]) => code === choice.partner.id)) &&
      (!choice.domain ||
        (choice.domain.id === "none" ? !item.domains.length : item.domains.some(([id]) => id === choice.domain.id)));
    read(groups[show.value].filter(fits));
  }

  options("domain", domains.map(({ id, name }) => [id, name]));
  const names = new Intl.Collator(document.documentElement.lang);
  const sorted = [...partners].sort((a, b) => names.compare(a.name, b.name));
  options("partner", sorted.map(({ id, name }) => [id, name === id ? id : `${name} (${id})`]));
  options("from", years.map((year) => [year, year]));
  options("to", years.map((year) => [year, year]));
  const all = sum({}, 0, 0);
  const span = years.length ? [years[0], years.at(-1)].filter((year, k, both) => both.indexOf(year) === k).join("–") : "";
  document.getElementById("lead").textContent = [
    form.dataset.source,
    span,
    say("labels.lead", {
      paragraphs: count(all.paragraphs), articles: count(all.articles), models: form.dataset.models || "–",
    }),
  ].filter(Boolean).join(" · ");
  document.getElementById("reading-sample").textContent = say("reading.sample", {
    flagged: count(data.flagged.length), all_flagged: count(data.all_flagged),
    others: count(data.others.length), all_others: count(data.all_others),
  });
  if (!data.flagged.length) show.value = "all";
  form.addEventListener("change", update);
  form.addEventListener("reset", () => setTimeout(update));
  form.addEventListener("submit", (event) => event.preventDefault());
  show.addEventListener("change", () => reading(chosen()));
  update();
})();

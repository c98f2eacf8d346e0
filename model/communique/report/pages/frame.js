"use strict";

/* What pages are made of. Text goes in as text nodes alone, so that markup in an article stays text. */
const page = (() => {
  const { lang, words, number, time, charts, data } = JSON.parse(document.getElementById("payload").textContent);
  const digits = new Intl.NumberFormat(lang);
  // Ties as Python has them, so that the page says what the command says
  const decimals = new Intl.NumberFormat(lang, {
    minimumFractionDigits: 3, maximumFractionDigits: 3, roundingMode: "halfEven",
  });
  const percents = new Intl.NumberFormat(lang, { style: "percent" });
  const collator = new Intl.Collator(lang, { numeric: true });
  const SHADES = 5;

  const count = (value) => digits.format(value);

  /* A figure to three digits; null is one that could not be measured. */
  const decimal = (value) => (value === null ? "–" : decimals.format(value));

  const percent = (share) => percents.format(share);

  /* The words of a key, with {names} filled in. */
  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

  /* An element with attributes and children (elements or strings). */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== null) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  /* The least counts of the second to the last shade, for counts up to `most`: round numbers, each above the one before. */
  function steps(most) {
    const found = [];
    for (let k = 1; k < SHADES; k++) {
      const exact = most ** (k / SHADES);
      const unit = 10 ** Math.floor(Math.log10(exact));
      const round = unit * ([1, 2, 5, 10].find((n) => n * unit >= exact * 0.85) ?? 10);
      found.push(Math.max(Math.round(round), (found.at(-1) ?? 1) + 1));
    }
    return found;
  }

  const shade = (value, limits) => (value ? 1 + limits.filter((limit) => value >= limit).length : 0);

  function legend(id, limits, most) {
    const lows = [1, ...limits].filter((low) => low <= most);
    const keys = lows.map((low, k) => {
      const high = k + 1 < lows.length ? lows[k + 1] - 1 : null;
      const text = high === null ? `${count(low)}+` : high === low ? count(low) : `${count(low)}–${count(high)}`;
      return make("span", {}, make("i", { class: `shade-${k + 1}` }), text);
    });
    document.getElementById(id).replaceChildren(say("legend"), ...keys);
  }

  /* The Vega chart `spec` in the place `id`, always as wide as its place; `ratio` is its height by its width, where it has
     one; `of` is what it shows, where there are several of its kind. Gives a function that draws rows as the chart's data `counts`, with values for its signals. */
  function chart(id, { ratio, spec: name = id, of = null } = {}) {
    const place = document.getElementById(id);
    const box = place.appendChild(make("div"));
    const empty = place.appendChild(make("p", { class: "note", hidden: true }, say("table.empty")));
    const options = {
      renderer: "svg", actions: false, formatLocale: number, timeFormatLocale: time, tooltip: { theme: "page" },
    };
    let drawn = Promise.resolve();
    let result = null;
    let width = 0;

    /* Gives the chart the width that axes and labels leave. */
    async function fit() {
      width = place.clientWidth;
      if (!result || !width) return;
      const { view } = result;
      const across = view.getState().signals.child_width === undefined ? "width" : "child_width";
      for (let round = 0; round < 2; round++) {
        const margin = box.querySelector("svg").width.baseVal.value - view.signal(across);
        const room = Math.max(Math.floor(width - margin), 80);
        if (room === view.signal(across)) break;
        view.signal(across, room);
        if (ratio) view.height(room * ratio);
        await view.resize().runAsync();
      }
    }

    async function redraw(rows, signals) {
      result?.finalize();
      result = null;
      box.replaceChildren();
      empty.hidden = rows.length > 0;
      if (!rows.length) return;
      const spec = {
        ...charts[name],
        description: of ? say("named", { name: of, value: charts[name].description }) : charts[name].description,
        data: charts[name].data.map((source) => (source.name === "counts" ? { ...source, values: rows } : source)),
        signals: (charts[name].signals ?? []).map((one) => (one.name in signals ? { ...one, value: signals[one.name] } : one)),
      };
      result = await vegaEmbed(box, spec, options);
      await fit();
    }

    /* One drawing after the other, whatever comes while one goes on. */
    const later = (work) => (drawn = drawn.then(work));
    new ResizeObserver(() => place.clientWidth !== width && later(fit)).observe(place);
    return (rows, signals = {}) => later(() => redraw(rows, signals));
  }

  /* A table in the place `id` that sorts by its heads, and a button that saves it as CSV.
     columns: key, label, text (sorts as such), show (what the cell of a row says), shade (that of a row's cell), hidden (in the
     CSV alone). The first column heads its rows. */
  function table(id, label) {
    const place = document.getElementById(id);
    let order = null;

    return function draw(columns, rows) {
      const by = columns.find(({ key }) => key === order?.key);
      const sorted = [...rows];
      if (by) {
        const compare = by.text
          ? (a, b) => collator.compare(a[by.key], b[by.key])
          : (a, b) => (a[by.key] ?? 0) - (b[by.key] ?? 0);
        sorted.sort((a, b) => (order.up ? compare(a, b) : compare(b, a)));
      }
      const visible = columns.filter(({ hidden }) => !hidden);
      const heads = visible.map((column) => {
        const direction = column === by ? (order.up ? "ascending" : "descending") : null;
        const sort = () => {
          order = { key: column.key, up: column === by ? !order.up : Boolean(column.text) };
          draw(columns, rows);
          place.querySelector(`button[data-key="${CSS.escape(column.key)}"]`).focus();
        };
        const button = make("button", { type: "button", "data-key": column.key, onclick: sort }, column.label);
        return make("th", { scope: "col", "aria-sort": direction }, button);
      });
      const lines = sorted.map((row) => {
        const cells = visible.map((column, k) => {
          const value = column.show?.(row) ?? (column.text ? row[column.key] : count(row[column.key] ?? 0));
          if (k === 0) return make("th", { scope: "row" }, value);
          return make("td", { class: column.shade ? `shade-${column.shade(row)}` : null }, value);
        });
        return make("tr", {}, ...cells);
      });
      const whole = make("table", { "aria-label": label }, make("thead", {}, make("tr", {}, ...heads)),
        make("tbody", {}, ...lines));
      const save = make("button", { type: "button", onclick: () => saveCsv(id, columns, sorted) }, say("table.csv"));
      const scroll = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, whole);
      place.replaceChildren(
        rows.length ? scroll : make("p", { class: "note" }, say("table.empty")),
        make("p", { class: "after" }, save),
      );
    };
  }

  function saveCsv(id, columns, rows) {
    const quoted = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    /* Text that a spreadsheet would run as a formula has an apostrophe before it. */
    const defused = (value) => (typeof value === "string" && /^'*[=+\-@\t\r\n]/.test(value) ? `'${value}` : value);
    const line = (values) => values.map((value) => quoted(String(defused(value)))).join(",") + "\r\n";
    const lines = rows.map((row) => line(columns.map(({ key }) => (row[key] === null ? "" : (row[key] ?? 0)))));
    const text = "\ufeff" + line(columns.map(({ label }) => label)) + lines.join("");
    const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    make("a", { href: address, download: `${id.replace("-table", "")}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  /* Items a few at a time in the place `id`, with buttons, and the arrow keys while the focus is in it. */
  function pager(id, show, { size = 5 } = {}) {
    const place = document.getElementById(id);
    const list = place.appendChild(make("div"));
    const turn = (step) => {
      const target = first + step * size;
      if (target < 0 || target >= items.length) return;
      first = target;
      draw();
      place.scrollIntoView({ block: "nearest" });
    };
    const previous = make("button", { type: "button", onclick: () => turn(-1) }, say("reading.previous"));
    const next = make("button", { type: "button", onclick: () => turn(1) }, say("reading.next"));
    const status = make("span", { role: "status" });
    place.append(make("div", { class: "pager" }, previous, next, status));
    place.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowLeft") turn(-1);
      if (key === "ArrowRight") turn(1);
    });
    let items = [];
    let first = 0;

    function draw() {
      const seen = items.slice(first, first + size);
      list.replaceChildren(...(seen.length ? seen.map(show) : [make("p", { class: "note" }, say("reading.none"))]));
      status.textContent = seen.length
        ? say("reading.place", { first: count(first + 1), last: count(first + seen.length), count: count(items.length) })
        : "";
      previous.disabled = first === 0;
      next.disabled = first + size >= items.length;
    }
    return (chosen) => {
      items = chosen;
      first = 0;
      draw();
    };
  }

  /* A paragraph with its labels, and its evidence marked. */
  function paragraph({ title, article, date, index, review, domains, partners, pieces, cut }) {
    const place = [article, date, say("reading.paragraph", { number: index })].filter(Boolean).join(" · ");
    const labels = [
      ...domains.map(([, name]) => make("li", { class: "domain" }, name)),
      ...partners.map(([code, name, named]) =>
        make("li", { class: named ? "named" : "carried", title: say(named ? "role.named" : "role.carried") },
          name === code ? code : `${name} (${code})`)),
      ...(review ? [make("li", { class: "flag" }, say("reading.review"))] : []),
    ];
    return make("article", {},
      make("h3", {}, title ?? article),
      make("p", { class: "place" }, place),
      make("ul", { class: "labels" }, ...labels),
      make("p", { class: "text" }, ...marked(pieces, cut)));
  }

  /* The text of a paragraph with its evidence marked. */
  function marked(pieces, cut) {
    const text = pieces.map(([piece, evidence]) => {
      if (!evidence.length) return piece;
      const reasons = evidence.map(([, role, name]) => `${name}: ${say(`role.${role}`)}`).join("; ");
      const codes = evidence.map(([code]) => code).join(" ");
      return make("mark", { class: evidence[0][1], title: reasons }, piece, make("small", {}, codes));
    });
    return cut ? [...text, ` ${say("reading.cut")}`] : text;
  }

  return {
    data, charts, words, say, count, decimal, percent, make, steps, shade, legend, chart, table, pager, paragraph, marked,
  };
})();

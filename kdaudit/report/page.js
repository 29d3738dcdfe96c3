"use strict";
/* Filters, sorts and downloads the table of flagged segments. Without it the table is all there. */
(() => {
  const AT_ONCE = 40;
  const section = document.getElementById("examples");
  const form = section.querySelector("form");
  const body = section.querySelector("tbody");
  const more = section.querySelector("[name=more]");
  const rows = Array.from(body.rows);
  const texts = (row, column) =>
    Array.from(row.querySelectorAll(`[data-c="${column}"]`), (part) => part.textContent).join("");
  /* What a text of the table is without: it is cut, and so is what is downloaded. */
  const left = (row, column) =>
    Array.from(row.querySelectorAll(`[data-c="${column}"][data-more]`), (part) =>
      ` … [${Number(part.dataset.more).toLocaleString("en")} more characters]`,
    ).join("");
  const said = (row, column) => texts(row, column) + left(row, column);
  const source = (row) => texts(row, "prefix") + texts(row, "rest");
  const searched = new Map(
    rows.map((row) => [row, `${row.dataset.id} ${row.textContent}`.toLowerCase()]),
  );
  const option = (name, value) =>
    form.elements[name] ? form.elements[name].querySelector(`option[value="${value}"]`).text : "";

  const score = (row, none) => (row.dataset.r === "" ? none : Number(row.dataset.r));
  const orders = {
    id: (a, b) => a.dataset.id - b.dataset.id,
    low: (a, b) => score(a, Infinity) - score(b, Infinity) || 0,
    high: (a, b) => score(b, -Infinity) - score(a, -Infinity) || 0,
    source: (a, b) => source(a).localeCompare(source(b)),
  };
  let found = rows;
  let limit = AT_ONCE;

  function show() {
    body.replaceChildren(...found.slice(0, limit));
    const shown = Math.min(limit, found.length);
    const count = (n) => n.toLocaleString("en");
    form.querySelector("output").textContent =
      `${count(found.length)} of ${count(rows.length)} rows match` +
      (shown < found.length ? `, ${count(shown)} shown` : "");
    more.parentElement.hidden = shown === found.length;
  }

  function filter() {
    const asked = Object.fromEntries(new FormData(form));
    const words = asked.text.toLowerCase().split(/\s+/).filter(Boolean);
    found = rows.filter(
      (row) =>
        (!asked.detector || row.dataset.d === asked.detector) &&
        (!asked.model || row.dataset.m === asked.model) &&
        (!asked.split || row.dataset.s === asked.split) &&
        (!asked.subgroup || row.dataset.g.split(" ").includes(asked.subgroup)) &&
        words.every((word) => searched.get(row).includes(word)),
    );
    if (asked.sort) found.sort(orders[asked.sort]);
    limit = AT_ONCE;
    show();
  }

  /* One line and one cell for every reader: no tab, no line break, and no formula. */
  function cell(value) {
    let text = String(value).replace(/\t/g, "\\t").replace(/\r/g, "\\r").replace(/\n/g, "\\n");
    if (/^\s*[=+\-@＝＋－＠]/.test(text) && !/^-?[\d.]+$/.test(text)) text = `'${text}`;
    return text.includes('"') ? `"${text.replace(/"/g, '""')}"` : text;
  }

  function values(row, models) {
    const target = said(row, "target");
    const told = models.map((_, place) => {
      const one = Array.from(row.querySelectorAll("div[data-m]")).find((part) =>
        part.dataset.m.split(" ").includes(String(place)),
      );
      return one === undefined ? "" : one.querySelector(".same") ? target : said(one, "translation");
    });
    const groups = row.dataset.g.split(" ").filter(Boolean).map((place) => {
      const chosen = form.elements.subgroup.querySelector(`option[value="${place}"]`);
      return `${chosen.parentElement.label}: ${chosen.text}`;
    });
    return [
      option("detector", row.dataset.d),
      option("model", row.dataset.m),
      row.dataset.n,
      row.dataset.id,
      row.dataset.p || "",
      row.dataset.r,
      texts(row, "detail"),
      groups.join("; "),
      source(row) + left(row, "rest"),
      said(row, "prefix"),
      target,
      said(row, "evidence"),
      said(row, "relayed"),
      ...told,
    ];
  }

  function download() {
    const models = Array.from(form.elements.model.options, (one) => one.text).slice(1);
    const head = ["detector", "model", "split", "id", "planted", "score", "detail", "subgroups"];
    head.push("source", "prefix", "target", "evidence", "relayed");
    head.push(...models.map((name) => `translation of ${name}`));
    const lines = [head, ...found.map((row) => values(row, models))];
    const text = lines.map((line) => line.map(cell).join("\t") + "\n").join("");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/tab-separated-values" }));
    link.download = `${section.dataset.name}-flagged.tsv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.download.addEventListener("click", download);
  more.addEventListener("click", () => {
    const next = limit;
    limit += AT_ONCE;
    show();
    if (more.parentElement.hidden) {
      body.rows[next].tabIndex = -1;
      body.rows[next].focus();
    }
  });
  form.hidden = false;
  filter();
})();

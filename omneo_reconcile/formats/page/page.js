"use strict";
// Makes the table of rows searchable and sortable. Without this script it is a plain table of all of them.
{
  const ROWS_AT_ONCE = 500; // more of them make every keystroke slow
  const number = new Intl.NumberFormat("en");
  const collator = new Intl.Collator("en", { numeric: true });
  const byId = (id) => document.getElementById(id);

  const start = (table) => {
    const body = table.tBodies[0];
    const headers = [...table.tHead.rows[0].cells];
    const kinds = [...document.querySelectorAll("input[name=kind]")];
    const rows = Array.from(body.rows, (row, position) => {
      const cells = Array.from(row.cells, (cell) => cell.textContent.trim());
      return { row, position, cells, text: cells.join("\n").toLowerCase(), ...row.dataset };
    });
    let matching = rows;
    let most = ROWS_AT_ONCE;
    let sorted = { column: 0, descending: false }; // the page comes with what is most serious first

    const show = (limit = most) => {
      const count = Math.min(limit, matching.length);
      const rest = matching.length - count;
      body.replaceChildren(...matching.slice(0, count).map(({ row }) => row));
      byId("more").hidden = rest === 0;
      byId("more").textContent = `Show ${number.format(Math.min(rest, ROWS_AT_ONCE))} more`;
      const order = `${headers[sorted.column].textContent}, ${sorted.descending ? "descending" : "ascending"}`;
      const matched = rest ? `, ${number.format(matching.length)} match` : "";
      byId("shown").textContent =
        `${number.format(count)} of ${number.format(rows.length)} shown${matched}; sorted by ${order}`;
    };

    const filter = () => {
      const words = byId("find").value.toLowerCase().split(/\s+/);
      const section = byId("section").value;
      const chosen = new Set(kinds.filter((box) => box.checked).map((box) => box.value));
      matching = rows.filter(
        (item) =>
          chosen.has(item.kind) &&
          (section === "" || section === item.section) &&
          words.every((word) => item.text.includes(word)),
      );
      most = ROWS_AT_ONCE;
      show();
    };

    const clear = () => {
      byId("find").value = "";
      byId("section").value = "";
      for (const box of kinds) box.checked = true;
      filter();
      byId("find").focus();
    };

    const sort = (column) => {
      sorted = { column, descending: column === sorted.column && !sorted.descending };
      const sign = sorted.descending ? -1 : 1;
      // What happens is sorted by how serious it is: as the page came.
      const compare = column === 0 ? () => 0 : (a, b) => collator.compare(a.cells[column], b.cells[column]);
      rows.sort((a, b) => sign * (compare(a, b) || a.position - b.position));
      mark();
      filter();
    };

    const mark = () => {
      headers.forEach((header, column) => {
        const direction = sorted.descending ? "descending" : "ascending";
        header.setAttribute("aria-sort", column === sorted.column ? direction : "none");
      });
    };

    const showMore = () => {
      const next = Math.min(most, matching.length);
      most += ROWS_AT_ONCE;
      show();
      body.rows[next].tabIndex = -1; // the button may be gone: go on where the new rows begin
      body.rows[next].focus({ preventScroll: true });
    };

    headers.forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      button.addEventListener("click", () => sort(column));
      header.append(button);
    });
    document.querySelector(".filter").hidden = false;
    byId("find").addEventListener("input", filter);
    byId("section").addEventListener("change", filter);
    for (const box of kinds) box.addEventListener("change", filter);
    byId("clear").addEventListener("click", clear);
    byId("more").addEventListener("click", showMore);
    addEventListener("beforeprint", () => show(Infinity));
    addEventListener("afterprint", () => show());
    mark();
    filter();
  };

  // Rows are not laid out while they arrive: 20,000 of them, of which 500 will be shown, took seconds.
  document.documentElement.classList.add("arriving");
  addEventListener("DOMContentLoaded", () => {
    document.documentElement.classList.remove("arriving");
    if (byId("rows")) start(byId("rows"));
  });
}

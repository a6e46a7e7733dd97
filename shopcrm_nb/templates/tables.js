// Sorts a table by a click on its heading, folds a long one, finds rows in it; nothing leaves the page.
(() => {
  "use strict";

  const words = JSON.parse(document.getElementById("table-words").textContent);
  const LONG = 12; // rows from which on a table can be searched
  const FOLDED = 20; // rows from which on it shows its first twelve
  const UNITS = { "万": 1e4, "亿": 1e8, k: 1e3, M: 1e6 };
  const NUMBER = /([+\-−])?[^\d+\-−]*?(\d[\d,]*(?:\.\d+)?)\s*(万|亿|[kM]\b)?/;
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true });

  // The first number of a cell, such as 1234 of "+¥1,234 (…)"; null of a blank one.
  const number = (text) => {
    const found = NUMBER.exec(text);
    if (!found) return null;
    const size = Number(found[2].replaceAll(",", "")) * (UNITS[found[3]] ?? 1);
    return found[1] && found[1] !== "+" ? -size : size;
  };

  const compared = (one, other) => {
    if (one === null || other === null) return one === other ? 0 : NaN; // blank ones stay last, either way
    return typeof one === "number" ? one - other : order.compare(one, other);
  };

  const sorted = (rows, column, numeric, direction) => {
    const keyed = rows.map((row, place) => {
      const text = row.cells[column].textContent.trim();
      return { row, place, key: numeric ? number(text) : text || null };
    });
    keyed.sort((one, other) => {
      const found = compared(one.key, other.key);
      if (Number.isNaN(found)) return one.key === null ? 1 : -1;
      return direction * found || one.place - other.place;
    });
    return keyed.map(({ row }) => row);
  };

  const sortable = (table, rows) => {
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    const body = table.tBodies[0];
    heads.forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const numeric = rows[0].cells[column].classList.contains("num");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.title = words.sort;
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        // Numbers begin with the largest, words with the first; a third click gives back the order of the page.
        const turns = numeric ? ["descending", "ascending", null] : ["ascending", "descending", null];
        const now = turns[(turns.indexOf(head.getAttribute("aria-sort")) + 1) % turns.length];
        heads.forEach((each) => each.removeAttribute("aria-sort"));
        if (now) head.setAttribute("aria-sort", now);
        body.append(...(now ? sorted(rows, column, numeric, now === "ascending" ? 1 : -1) : rows));
      });
    });
  };

  const foldable = (table, rows) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "more" });
    const fold = (folded) => {
      table.classList.toggle("folded", folded);
      button.textContent = folded ? words.all.replace("{n}", rows.length) : words.fewer;
      button.setAttribute("aria-expanded", String(!folded));
    };
    button.addEventListener("click", () => fold(!table.classList.contains("folded")));
    table.after(button);
    fold(true);
  };

  const searchable = (table, rows) => {
    const field = document.createElement("input");
    const told = document.createElement("span");
    const box = document.createElement("p");
    box.className = "search";
    told.setAttribute("role", "status");
    Object.assign(field, { type: "search", placeholder: words.search });
    field.setAttribute("aria-label", words.search);
    box.append(field, " ", told);
    table.before(box);
    field.addEventListener("input", () => {
      const asked = field.value.trim().toLowerCase();
      table.classList.toggle("found", Boolean(asked)); // unfolded, for what is asked may be in any row
      const left = rows.filter((row) => {
        row.hidden = !row.textContent.toLowerCase().includes(asked);
        return !row.hidden;
      });
      told.textContent = asked ? words.found.replace("{n}", left.length).replace("{total}", rows.length) : "";
    });
  };

  // Paper cannot be unfolded; what words mean stays folded even there.
  const folds = document.getElementsByTagName("details");
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...folds].filter((one) => !one.open && !one.classList.contains("meaning"));
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });

  // What scrolls sideways can be reached by keys while it does.
  const reach = new ResizeObserver((seen) => {
    for (const { target } of seen) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  document.querySelectorAll(".output, .scroll").forEach((box) => reach.observe(box));

  document.querySelectorAll("table.data:not(.parameters)").forEach((table) => {
    const rows = [...(table.tBodies[0]?.rows ?? [])];
    if (!table.tHead || rows.length < 2) return;
    sortable(table, rows);
    if (rows.length >= LONG) searchable(table, rows);
    if (rows.length >= FOLDED && !table.closest("details")) foldable(table, rows);
  });
})();

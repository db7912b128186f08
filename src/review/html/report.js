"use strict";
(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const form = one("form.filters");
  const body = one("#files tbody");
  const rows = all("#files tbody tr").map((element) => ({
    element,
    text: element.textContent.toLowerCase(),
    sets: {
      verdict: [element.dataset.verdict],
      status: [element.dataset.status],
      rule: element.dataset.rule.split(" "),
      owner: element.dataset.owner.split(" "),
      ecosystem: [element.dataset.ecosystem],
      folder: [element.dataset.folder],
    },
  }));
  const shown = () => rows.filter((row) => !row.element.hidden).sort((a, b) => a.element.rowIndex - b.element.rowIndex);

  // Which files are shown.
  const filter = () => {
    const words = form.elements.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = all("select", form).filter((select) => select.value !== "");
    let count = 0;
    let saved = 0;
    for (const { element, text, sets } of rows) {
      const fits = words.every((word) => text.includes(word))
        && wanted.every((select) => sets[select.name].includes(select.value));
      element.hidden = !fits;
      count += fits;
      saved += fits ? Number(element.dataset.saved) : 0;
    }
    one("#count").textContent = `${count} of ${rows.length} files, about ${saved.toLocaleString("en")} MB`;
    one("#nothing").hidden = count > 0;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  for (const button of all("button[data-filter]")) {
    button.addEventListener("click", () => {
      const select = form.elements[button.dataset.filter];
      select.value = select.value === button.dataset.value ? "" : button.dataset.value;
      filter();
      form.scrollIntoView({ block: "start" });
    });
  }

  // In which order.
  for (const button of all("#files th button")) {
    button.addEventListener("click", () => {
      const head = button.parentElement;
      const down = head.getAttribute("aria-sort") === "ascending"
        || (!head.hasAttribute("aria-sort") && head.classList.contains("number"));
      all("#files th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const column = head.cellIndex;
      const key = (row) => {
        const text = row.element.cells[column].textContent.trim();
        return head.classList.contains("number") ? Number(text.replaceAll(",", "") || -1) : text;
      };
      const compare = new Intl.Collator("en", { numeric: true }).compare;
      const sorted = rows.map((row) => [key(row), row])
        .sort(([a], [b]) => (typeof a === "number" ? a - b : compare(a, b)) * (down ? -1 : 1));
      body.append(...sorted.map(([, row]) => row.element));
    });
  }

  // Both versions of a file beside each other, made of the lines of the diff.
  const cells = (row, ...classes) => {
    for (const [name, text] of classes) {
      const cell = row.insertCell();
      cell.className = name;
      cell.textContent = text;
    }
  };
  const sideBySide = (unified) => {
    const table = document.createElement("table");
    table.className = "side";
    let gone = [];
    let come = [];
    const flush = () => {
      for (let i = 0; i < Math.max(gone.length, come.length); i += 1) {
        const [a, b] = [gone[i], come[i]];
        cells(table.insertRow(), ["line", a?.cells[0].textContent ?? ""], [a ? "del" : "", a?.cells[3].textContent ?? ""],
          ["line", b?.cells[1].textContent ?? ""], [b ? "add" : "", b?.cells[3].textContent ?? ""]);
      }
      gone = [];
      come = [];
    };
    for (const row of unified.rows) {
      if (row.className === "del") {
        gone.push(row);
      } else if (row.className === "add") {
        come.push(row);
      } else {
        flush();
        if (row.className === "gap") {
          const copy = row.cloneNode(true);
          copy.cells[0].colSpan = 4;
          table.append(copy);
        } else {
          const text = row.cells[3].textContent;
          cells(table.insertRow(), ["line", row.cells[0].textContent], ["", text], ["line", row.cells[1].textContent], ["", text]);
        }
      }
    }
    flush();
    return table;
  };
  const toggle = (file) => {
    const button = one("button.side", file);
    if (!button) return;
    const diff = one(".diff", file);
    const [unified] = diff.children;
    const beside = !unified.hidden;
    if (diff.children.length === 1) diff.append(sideBySide(unified));
    unified.hidden = beside;
    diff.children[1].hidden = !beside;
    button.setAttribute("aria-pressed", String(beside));
  };
  for (const button of all("button.side")) button.addEventListener("click", () => toggle(button.closest("article")));

  // The dataflow, laid out by dagre when somebody looks at it.
  const svg = (name, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const draw = (place) => {
    const { nodes, edges } = JSON.parse(place.dataset.graph);
    const graph = new dagre.graphlib.Graph();
    graph.setGraph({ rankdir: "LR", nodesep: 12, ranksep: 42, marginx: 6, marginy: 6 });
    graph.setDefaultEdgeLabel(() => ({}));
    nodes.forEach((node, i) => {
      const label = node.label.length > 44 ? `${node.label.slice(0, 43)}…` : node.label;
      graph.setNode(String(i), { ...node, short: label, width: 14 + 6.4 * label.length, height: 24 });
    });
    edges.forEach(([from, to, how]) => graph.setEdge(String(from), String(to), { how }));
    dagre.layout(graph);
    const { width, height } = graph.graph();
    const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": place.getAttribute("aria-label") });
    for (const edge of graph.edges()) {
      const { points, how } = graph.edge(edge);
      const path = svg("path", { class: "edge", d: `M${points.map((p) => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join("L")}` });
      path.append(svg("title", {}, how));
      const end = points.at(-1);
      picture.append(path, svg("circle", { class: "tip", cx: end.x, cy: end.y, r: 2.5 }));
    }
    for (const name of graph.nodes()) {
      const node = graph.node(name);
      const group = svg("g", {});
      group.append(
        svg("title", {}, node.label),
        svg("rect", { class: `node ${node.kind}${node.needed ? "" : " idle"}`, x: node.x - node.width / 2, y: node.y - 12,
          width: node.width, height: 24, rx: node.kind === "step" ? 2 : 10 }),
        svg("text", { x: node.x, y: node.y + 4, "text-anchor": "middle" }, node.short),
      );
      picture.append(group);
    }
    place.replaceChildren(picture);
  };

  // Pages of files.
  const current = () => {
    const target = document.getElementById(location.hash.slice(1));
    return target?.tagName === "ARTICLE" ? target : null;
  };
  let last = null;
  const opened = () => {
    const file = current();
    if (!file) {
      if (last) one(`a[href="#${last}"]`, body)?.focus();
      return;
    }
    last = file.id;
    const place = one(".graph[data-graph]", file);
    if (place && !one("svg", place)) draw(place);
    window.scrollTo(0, 0);
    file.focus({ preventScroll: true });
  };
  const step = (by) => {
    const order = shown().map((row) => one("a", row.element)?.hash).filter(Boolean);
    const next = order[order.indexOf(location.hash) + by];
    if (next) location.replace(next);
  };
  for (const link of all("a.step")) {
    link.addEventListener("click", (event) => { event.preventDefault(); step(Number(link.dataset.by)); });
  }
  const walk = (by) => {
    const links = shown().map((row) => one("a", row.element)).filter(Boolean);
    const at = links.indexOf(document.activeElement);
    links[Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = ["INPUT", "SELECT"].includes(document.activeElement?.tagName);
    const file = current();
    if (event.key === "Escape") {
      if (file) location.hash = "files";
      else if (typing) { form.reset(); document.activeElement.blur(); }
      return;
    }
    if (typing) return;
    const keys = file
      ? { s: () => toggle(file), j: () => step(1), k: () => step(-1), n: () => step(1), p: () => step(-1) }
      : { "/": () => form.elements.search.focus(), j: () => walk(1), k: () => walk(-1) };
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  window.addEventListener("hashchange", opened);
  filter();
  opened();
})();

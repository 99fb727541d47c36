// The Markdown of the document as elements: paragraphs, lists, tables, `code`, **strong** and [links](address). Texts stay texts.

// Makes an element with attributes and children.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

// A text without blocks, as what an element is made of.
export function words(text) {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\))/);
  return parts.filter(Boolean).map((part) => {
    if (part.startsWith("`") && part.length > 2) return make("code", {}, part.slice(1, -1));
    if (part.startsWith("**") && part.length > 4) return make("strong", {}, part.slice(2, -2));
    const link = /^\[([^\]]+)\]\((https?:[^)\s]+|\/[^)\s]*|#[^)\s]*)\)$/.exec(part);
    return link ? make("a", { href: link[2] }, link[1]) : part;
  });
}

// A text with its blocks.
export function prose(text = "") {
  return text.split(/\n\s*\n/).flatMap((block) => blocks(block.split("\n")));
}

function blocks(lines) {
  const isItem = (line) => line.startsWith("- ");
  const isRow = (line) => line.startsWith("|");
  const made = [];
  let at = 0;
  const take = (test) => {
    const from = at;
    while (at < lines.length && test(lines[at])) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const items = take(isItem);
    if (items.length) made.push(make("ul", {}, ...items.map((item) => make("li", {}, ...words(item.slice(2))))));
    const rows = take(isRow);
    if (rows.length) made.push(table(rows));
    const text = take((line) => !isItem(line) && !isRow(line)).join("\n").trim();
    if (text) made.push(make("p", {}, ...words(text)));
  }
  return made;
}

function table(rows) {
  const cells = rows.map((row) => row.replace(/^\||\|\s*$/g, "").split("|").map((cell) => cell.trim()));
  const [head, ...rest] = cells.filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell)));
  // a corner without words is no heading
  const row = (name, texts) => make("tr", {}, ...texts.map((text) => make(text ? name : "td", {}, ...words(text))));
  return make("div", { class: "table", tabindex: "0" }, make("table", {}, make("thead", {}, row("th", head)), make("tbody", {}, ...rest.map((texts) => row("td", texts)))));
}

"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const grouped = (n) => Number(n).toLocaleString("en-US");
const bytes = (n) => grouped(n) + (n === 1 ? " byte" : " bytes");
const shape = (s) => s.length ? s.join(" × ") : "1";
const digits = (x) => x === 0 ? "0" : Number(x).toPrecision(3);
const short = (text, most) => text.length > most ? text.slice(0, most - 1) + "…" : text;

/// An element with text and children: nothing is ever read as markup.
function make(tag, properties, ...children) {
  const svg = ["svg", "g", "rect", "path", "text", "line", "title"].includes(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) element.setAttribute(name, value);
  for (const child of children) if (child !== null) element.append(child);
  return element;
}
function fill(element, ...children) { element.replaceChildren(...children.filter((c) => c !== null)); }

/// \param numbers the columns of numbers; `name` is that of names, which may be long.
function table(element, head, rows, numbers, name) {
  const cell = (tag, text, i) => make(tag, numbers.includes(i) ? { class: "n" } : i === name ? { class: "name" } : {}, String(text));
  fill(element,
       make("thead", {}, make("tr", {}, ...head.map((h, i) => cell("th", h, i)))),
       make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((c, i) => cell("td", c, i))))));
}

// Theme: as the system, until the button is pressed.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const themes = ["as the system", "light", "dark"];
let theme = 0;
function showTheme() {
  document.documentElement.dataset.theme = theme === 0 ? (dark.matches ? "dark" : "light") : themes[theme];
  byId("theme").textContent = "Theme: " + themes[theme];
}
byId("theme").addEventListener("click", () => { theme = (theme + 1) % themes.length; showTheme(); });
dark.addEventListener("change", showTheme);
showTheme();

// Parts, one at a time.
const parts = [["overview", "Verdict"], ["graph", "Graph"], ["memory", "Memory"], ["layers", "Layers"]];
if (data.training) parts.push(["training", "Training"]);
parts.push(["data", "Data"]);
for (const section of document.querySelectorAll("main > section")) section.hidden = true;
const shown = {};
function show(name) {
  for (const [part] of parts) {
    byId("panel-" + part).hidden = part !== name;
    byId("tab-" + part).setAttribute("aria-pressed", String(part === name));
  }
  if (!shown[name] && draw[name]) draw[name]();
  shown[name] = true;
}
for (const [part, title] of parts) {
  const button = make("button", { type: "button", id: "tab-" + part, "aria-pressed": "false" }, title);
  button.addEventListener("click", () => show(part));
  byId("tabs").append(button);
}
document.body.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (!link) return;
  event.preventDefault();
  const target = document.querySelector(link.getAttribute("href"));
  (target.querySelector("summary") || target).focus();
});

// Verdict.
function budget(name) {
  const board = data.boards.find((b) => b.name === name);
  const own = name === data.board || !board;
  return { board,
           flash: own && data.flash ? data.flash : board && board.flash,
           ram: own && data.ram ? data.ram : board && board.ram };
}
function needs(board, inside) {
  const plan = data.plans[board ? board.target : "chosen"];
  return inside ? plan.inside : plan.outside;
}
function gauge(title, need, has) {
  if (!has) return make("p", {}, title + ": " + bytes(need));
  const over = need > has, share = Math.min(100, 100 * need / has);
  const bar = make("div", { class: "fill" });
  bar.style.width = Math.max(share, 0.5) + "%";
  const text = over ? grouped(need - has) + " too many" : digits(100 * need / has) + "\u00a0%";
  return make("div", { class: over ? "gauge over" : "gauge" },
              make("div", {}, title + ": " + bytes(need) + " of " + grouped(has) + " (" + text + ")"),
              make("div", { class: "track", role: "img", "aria-label": title + " " + text }, bar));
}
function peakText(need) {
  return need.peak ? " Of the arena " + need.peak.step + " needs the most, " + bytes(need.peak.bytes) + "." : "";
}
function helps(board, need, limit, inside) {
  const ways = [];
  const other = needs(board, true).ram;
  if (limit.ram && need.ram > limit.ram) {
    if (!inside && other < need.ram) ways.push("inputs and outputs in the arena (--ends-in-arena: " + bytes(other) + " of RAM)");
    ways.push("a model with smaller results");
  }
  if (data.steps.every((s) => s.type === "float32")) ways.unshift("quantizing it: --int8 with --calibrate takes about a quarter of both");
  else if (limit.flash && need.weights > limit.flash) ways.push("fewer filters");
  return make("p", {}, "What would help: " + ways.join("; ") + "." + (limit.ram && need.ram > limit.ram ? peakText(need) : ""));
}
function verdict() {
  const inside = byId("inside").checked, { board, flash, ram } = budget(byId("board").value);
  const need = needs(board, inside), limit = { flash, ram };
  const title = board ? board.title : data.board ? "the core " + data.board : "any board";
  const known = flash || ram, fits = !(flash && need.weights > flash) && !(ram && need.ram > ram);
  const answer = !known ? "Choose a board to see whether it fits."
                        : (fits ? "✓ It fits " : "✗ It does not fit ") + title + ".";
  const about = board ? make("p", { class: "muted" },
      board.chip + ", " + board.core + " at " + board.mhz + " MHz, flash " +
      ("wait_states" in board ? "with " + board.wait_states + " wait states" : "behind a cache") + ".") : null;
  const parts = ["arena " + grouped(need.arena), need.states ? "states " + grouped(need.states) : "",
                 need.ends ? "inputs and outputs " + grouped(need.ends) : ""].filter((p) => p);
  fill(byId("verdict"),
       make("p", { class: known ? "answer " + (fits ? "yes" : "no") : "answer" }, answer), about,
       gauge("Flash for weights", need.weights, flash), gauge("RAM", need.ram, ram),
       make("p", { class: "muted" }, "RAM is " + parts.join(" + ") + "; no plan of the arena can need less than " +
            bytes(need.lower_bound) + ". The code of the kernels takes flash, and the program's stack and data RAM, beside this."),
       known && !fits ? helps(board, need, limit, inside) : null);
}

// Steps.
const stepTitle = (s) => s.kind || s.op;
const totalMacs = data.steps.reduce((sum, s) => sum + s.macs, 0);
function quantized(s) { return "scale" in s ? digits(s.scale) + ", zero point " + s.zero_point : null; }
function details(at) {
  const s = data.steps[at];
  const facts = [["Layer", s.name], ["Operator", "operator" in s ? "number " + s.operator + " of the file" : "of no operator of the file"],
    ["Kernel", s.op], ["Takes", shape(s.in)], ["Gives", shape(s.out) + ", " + s.type], ["Scale", quantized(s)],
    ["Weights", bytes(s.weights)], ["MACs", grouped(s.macs)],
    ["Arena", bytes(data.arena.occupied[at]) + " in use" + (at === data.arena.peak ? ", the most" : "")]];
  const list = make("dl", {});
  for (const [name, value] of facts) if (value !== null) list.append(make("dt", {}, name), make("dd", {}, value));
  fill(byId("details"), make("h3", {}, "Step " + at + ": " + stepTitle(s)), list);
}

// Graph: ranks by the longest way from an input, top to bottom.
const box = { w: 190, h: 46, x: 26, y: 34 };
function layout() {
  const nodes = [], maker = new Map();
  data.inputs.forEach((e) => { maker.set(e.value, nodes.length); nodes.push({ end: e, rank: 0, from: [], title: e.name || "input", sub: shape(e.shape) }); });
  data.steps.forEach((s, at) => {
    const from = [...new Set(s.inputs.filter((v) => maker.has(v)).map((v) => maker.get(v)))];
    const rank = from.reduce((r, n) => Math.max(r, nodes[n].rank + 1), 0);
    s.outputs.forEach((v) => maker.set(v, nodes.length));
    nodes.push({ step: at, rank, from, title: stepTitle(s), sub: shape(s.out) });
  });
  data.outputs.forEach((e) => {
    const from = maker.has(e.value) ? [maker.get(e.value)] : [];
    nodes.push({ end: e, rank: from.length ? nodes[from[0]].rank + 1 : 0, from, title: e.name || "output", sub: shape(e.shape) });
  });
  const ranks = [];
  nodes.forEach((n) => { (ranks[n.rank] = ranks[n.rank] || []).push(n); });
  for (const rank of ranks) if (rank) {
    const wish = (n) => n.from.length ? n.from.reduce((sum, f) => sum + (nodes[f].x || 0), 0) / n.from.length : 0;
    rank.sort((a, b) => wish(a) - wish(b));
    rank.forEach((n, i) => {
      n.x = (i - (rank.length - 1) / 2) * (box.w + box.x);
      if (rank.length === 1 && n.from.length === 1) n.x = nodes[n.from[0]].x;
      n.y = n.rank * (box.h + box.y);
    });
  }
  return nodes;
}
/// From one node to one below: straight down, or past the nodes between them on the right.
function edge(a, b) {
  const y0 = a.y + box.h, y1 = b.y, bend = Math.min(30, (y1 - y0) / 2);
  if (b.rank - a.rank === 1) return `M${a.x} ${y0}C${a.x} ${y0 + bend} ${b.x} ${y1 - bend} ${b.x} ${y1}`;
  const right = box.w / 2, side = Math.max(a.x, b.x) + right + 22, from = a.y + box.h / 2, to = b.y + box.h / 2;
  return `M${a.x + right} ${from}Q${side} ${from} ${side} ${from + 24}L${side} ${to - 24}Q${side} ${to} ${b.x + right} ${to}`;
}
const view = { x: 0, y: 0, scale: 1 };
const limits = { left: 0, right: 0, bottom: 0 };
function drawGraph() {
  const nodes = layout(), world = make("g", {});
  const svg = make("svg", { role: "group", "aria-label": "Graph of the steps" }, world), pane = byId("graph");
  limits.left = Math.min(...nodes.map((n) => n.x)) - box.w / 2;
  limits.right = Math.max(...nodes.map((n) => n.x)) + box.w / 2;
  limits.bottom = Math.max(...nodes.map((n) => n.y)) + box.h;
  for (const n of nodes) for (const f of n.from) {
    world.append(make("path", { class: "edge", d: edge(nodes[f], n) }));
  }
  const place = () => world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
  const size = () => ({ w: pane.clientWidth, h: pane.clientHeight });
  const keep = () => {
    const { w, h } = size(), s = view.scale, margin = 60;
    view.x = Math.min(w - margin - limits.left * s, Math.max(margin - limits.right * s, view.x));
    view.y = Math.min(h - margin, Math.max(margin - limits.bottom * s, view.y));
    place();
  };
  const zoom = (by) => {
    const { w, h } = size(), to = Math.min(3, Math.max(0.02, view.scale * by)), f = to / view.scale;
    view.x = w / 2 - (w / 2 - view.x) * f;
    view.y = h / 2 - (h / 2 - view.y) * f;
    view.scale = to;
    keep();
  };
  const start = () => { const { w } = size(); view.scale = Math.min(1, (w - 24) / (box.w + 24)); view.x = w / 2; view.y = 16; keep(); };
  const fit = () => {
    const { w, h } = size();
    view.scale = Math.min(1.5, (w - 24) / (limits.right - limits.left), (h - 24) / limits.bottom);
    view.x = w / 2 - view.scale * (limits.left + limits.right) / 2;
    view.y = (h - view.scale * limits.bottom) / 2;
    place();
  };
  let picked = null;
  const pick = (n, g) => {
    if (picked) picked.classList.remove("picked");
    (picked = g).classList.add("picked");
    if ("step" in n) return details(n.step);
    fill(byId("details"), make("h3", {}, n.title), make("p", {}, shape(n.end.shape) + ", " + n.end.type + ", " + bytes(n.end.bytes)));
  };
  const bring = (n) => {
    const { w, h } = size(), x = n.x * view.scale + view.x, y = (n.y + box.h / 2) * view.scale + view.y;
    if (x < 100 || x > w - 100) view.x += w / 2 - x;
    if (y < 40 || y > h - 40) view.y += h / 2 - y;
    place();
  };
  for (const n of nodes) {
    const g = make("g", { class: "end" in n ? "node end" : "node", tabindex: "0", role: "button",
                          "aria-label": ("step" in n ? "Step " + n.step + ", " : "") + n.title + ", " + n.sub,
                          transform: `translate(${n.x - box.w / 2} ${n.y})` },
      make("rect", { width: box.w, height: box.h, rx: 7 }),
      make("text", { x: 10, y: 19 }, short(("step" in n ? n.step + "  " : "") + n.title, 25)),
      make("text", { x: 10, y: 37, class: "small" }, short(n.sub, 28)));
    g.addEventListener("click", () => pick(n, g));
    g.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); pick(n, g); } });
    g.addEventListener("focus", () => { if (g.matches(":focus-visible")) bring(n); });
    world.append(g);
  }
  fill(pane, svg);
  const moves = { left: [80, 0], right: [-80, 0], up: [0, 80], down: [0, -80] };
  const act = { in: () => zoom(1.3), out: () => zoom(1 / 1.3), fit };
  for (const button of document.querySelectorAll("[data-view]")) {
    const name = button.dataset.view;
    button.addEventListener("click", () => {
      if (moves[name]) { view.x += moves[name][0]; view.y += moves[name][1]; keep(); } else act[name]();
    });
  }
  let held = null;
  pane.addEventListener("pointerdown", (e) => { held = { x: e.clientX, y: e.clientY }; });
  window.addEventListener("pointermove", (e) => {
    if (!held) return;
    pane.classList.add("moving");
    view.x += e.clientX - held.x;
    view.y += e.clientY - held.y;
    held = { x: e.clientX, y: e.clientY };
    keep();
  });
  window.addEventListener("pointerup", () => { held = null; pane.classList.remove("moving"); });
  start();
  if (data.steps.length) details(Math.max(0, data.arena.peak));
}

// An arena: rectangles from the first to the last step that need a value.
function drawArena(pane, info, arena, peakBytes, bound, stepName, phases) {
  const wide = Math.max(280, pane.clientWidth || 600), high = wide < 500 ? 300 : 380;
  const edge = { left: 8, right: 8, top: 26, bottom: 30 };
  const steps = Math.max(1, arena.occupied.length), top = Math.max(1, peakBytes);
  const x = (s) => edge.left + s * (wide - edge.left - edge.right) / steps;
  const y = (b) => high - edge.bottom - b * (high - edge.top - edge.bottom) / top;
  const svg = make("svg", { viewBox: `0 0 ${wide} ${high}`, role: "group", "aria-label": "Values of the arena over the steps" });
  svg.append(make("line", { class: "axis", x1: x(0), x2: x(steps), y1: y(0), y2: y(0) }));
  for (const [at, name] of phases) {
    svg.append(make("line", { class: "phase", x1: x(at), x2: x(at), y1: y(top), y2: y(0) }),
               make("text", { class: "small", x: Math.min(x(at) + 3, wide - 70), y: high - 10 }, name));
  }
  const say = (t) => info.textContent = (t.name || "value " + t.value) + ": " + bytes(t.bytes) + " at " + grouped(t.offset) +
      ", from step " + t.first + " (" + stepName(t.first) + ") to step " + t.last + " (" + stepName(t.last) + ")";
  arena.tensors.forEach((t, at) => {
    const rect = make("rect", { class: "tensor", tabindex: "0", role: "img", x: x(t.first), width: Math.max(1, x(t.last + 1) - x(t.first)),
      y: y(t.offset + t.bytes), height: Math.max(1, y(t.offset) - y(t.offset + t.bytes)), fill: `var(--c${at % 6})`,
      "aria-label": (t.name || "value " + t.value) + ", " + bytes(t.bytes) + ", steps " + t.first + " to " + t.last });
    const pick = () => { for (const other of svg.querySelectorAll(".picked")) other.classList.remove("picked"); rect.classList.add("picked"); say(t); };
    for (const event of ["mouseenter", "focus", "click"]) rect.addEventListener(event, pick);
    svg.append(rect);
  });
  svg.append(make("line", { class: "bound", x1: x(0), x2: x(steps), y1: y(bound), y2: y(bound), "pointer-events": "none" }),
             make("text", { x: edge.left, y: 16 }, "arena " + bytes(peakBytes) + ", lower bound " + grouped(bound)));
  if (!phases.length) svg.append(make("text", { class: "small", x: edge.left, y: high - 10 }, "step 0"),
             make("text", { class: "small", x: wide - edge.right, y: high - 10, "text-anchor": "end" }, "step " + (steps - 1)));
  fill(pane, svg);
  info.textContent = arena.tensors.length ? grouped(arena.tensors.length) + " values. The most is in use at step " + arena.peak + " (" +
      stepName(arena.peak) + "): " + bytes(arena.occupied[arena.peak]) + "." : "No value lies in the arena.";
}
function drawMemory() {
  const a = data.arena, name = (s) => stepTitle(data.steps[s]);
  drawArena(byId("arena"), byId("arena-info"), a, data.memory.arena, data.memory.lower_bound, name, []);
  table(byId("arena-table"), ["Value", "Bytes", "At", "First step", "Last step"],
        a.tensors.map((t) => [t.name, grouped(t.bytes), grouped(t.offset), t.first, t.last]), [1, 2, 3, 4], 0);
}

// Bars.
const metrics = [
  ["Flash", "Bytes of weights, tables and multipliers.", (s) => s.weights, bytes],
  ["RAM", "Bytes of the arena that are in use while the step runs.", (s, at) => data.arena.occupied[at], bytes],
  ["MACs", "Multiply-accumulates of one sample.", (s) => s.macs, grouped]];
let metric = 0;

/// Where the error of a layer comes from: how its numbers are spread, and what storing them costs.
function why(l) {
  if (!l.histogram) return null;
  const most = Math.log1p(Math.max(...l.histogram)), range = (r) => digits(r[0]) + " to " + digits(r[1]);
  const heights = l.histogram.map((n) => 20 * Math.log1p(n) / (most || 1));
  const finer = l.storing_best < 0.95 * l.storing ? ", " + digits(l.storing_best) + " with the best range" : "";
  return make("div", { class: "why" },
    make("svg", { viewBox: "0 0 96 20", role: "img", "aria-label": "How often numbers are, a logarithm" },
         ...heights.map((h, i) => make("rect", { x: 4 * i, y: 20 - h, width: 3, height: h }))),
    make("span", {}, range(l.seen) + ", holds " + range(l.held) + ", clips " + digits(100 * l.clipped) + " %; storing errs " +
         digits(l.storing) + finer + (l.as === "int16" ? "" : ", " + digits(l.storing_int16) + " in 16x8")));
}
function bars() {
  const error = metric === metrics.length, rows = error
    ? data.quantization.map((l) => ({ name: l.name || l.kind, kind: l.kind, value: l.rms, why: why(l),
        text: digits(l.rms) + ("sqnr" in l ? ", " + Math.round(l.sqnr) + " dB" : "") }))
    : data.steps.map((s, at) => { const value = metrics[metric][2](s, at);
        return { name: s.name, kind: at + " " + stepTitle(s), value, text: metrics[metric][3](value) }; });
  if (byId("sorted").checked) rows.sort((a, b) => b.value - a.value);
  const most = Math.max(1e-30, ...rows.map((r) => r.value));
  byId("bars-note").textContent = error ? "Root mean square of the error against the model of floats, and signal to noise, over the samples of --calibrate. Below: its numbers, how often, what its steps hold, and the part of the error that storing them makes; the rest comes from weights and from layers before."
                                        : metrics[metric][1] + (metric === 2 ? " All together " + grouped(totalMacs) + "." : "");
  fill(byId("bars"), ...rows.map((r) => {
    const bar = make("div", { class: "fill" });
    bar.style.width = 100 * r.value / most + "%";
    return make("div", { class: "row" }, make("div", { class: "what", title: r.name }, r.kind + (r.name ? ", " + r.name : "")),
                make("div", { class: "track" }, r.value > 0 ? bar : null), make("div", { class: "n" }, r.text), r.why || null);
  }));
  document.querySelectorAll("#metrics button").forEach((b, i) => b.setAttribute("aria-pressed", String(i === metric)));
}
function drawLayers() {
  const names = metrics.map((m) => m[0]).concat(data.quantization ? ["Quantization error"] : []);
  names.forEach((name, i) => {
    const button = make("button", { type: "button", "aria-pressed": "false" }, name);
    button.addEventListener("click", () => { metric = i; bars(); });
    byId("metrics").append(button);
  });
  byId("sorted").addEventListener("change", bars);
  bars();
}

// Training.
function lessMemory(fits, title, about) {
  if (fits.length < 2) return [];
  const rows = make("table", {});
  table(rows, ["RAM", "Arena", "Gradients", "Parts", "MACs of a sample", "Again"],
        fits.map((f, i) => [grouped(f.ram), grouped(f.arena), grouped(f.gradients), f.parts, grouped(f.macs + f.macs_again),
                            i === 0 ? "as it is" : "+ " + (100 * f.macs_again / f.macs).toFixed(1) + " %"]), [0, 1, 2, 3, 4, 5]);
  return [make("h3", {}, title), make("p", {}, about + " etch fit-in prints the schedule of each."),
          make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, rows)];
}
function drawTraining() {
  const t = data.training, rows = make("table", {}), pane = make("div", { class: "canvas arena" }), info = make("p", { class: "info", "aria-live": "polite" });
  table(rows, ["Optimizer", "Batch", "RAM", "Arena", "State"],
        t.needs.map((n) => [n.optimizer, n.batch, grouped(n.ram), grouped(n.arena), grouped(n.optimizer_state)]), [1, 2, 3, 4]);
  fill(byId("training"),
       make("p", {}, "Bytes in floats, by a mean squared error: " + bytes(t.weights) + " of weights, of which " + grouped(t.trained) +
            " are trained. They lie in RAM, with the optimizer's state and the arena of forward and backward steps."),
       make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What training takes" }, rows),
       ...lessMemory(t.fits, "Less memory for more work", "SGD, one sample, with the sample and its labels: fit_in computes " +
                     "results again instead of keeping them, with the same bits."),
       ...lessMemory(t.batch_fits, "A batch of 8 in less memory", "SGD, with the samples and their labels: fit_in runs the batch in parts, " +
                     "whose gradients go on from part to part, with the same bits."),
       make("h3", {}, "One sample, SGD: " + t.forward + " forward and " + (t.steps.length - t.forward - t.losses) + " backward steps"), info, pane);
  drawArena(pane, info, t.arena, t.arena.bytes, t.arena.lower_bound, (s) => t.steps[s],
            [[0, "forward"], [t.forward + t.losses, "backward"]]);
}

function drawData() {
  const text = JSON.stringify(data, null, 1);
  byId("json").textContent = text;
  byId("save").addEventListener("click", () => {
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: "report.json" });
    link.click();
  });
}

const draw = { graph: drawGraph, memory: drawMemory, layers: drawLayers, training: drawTraining, data: drawData };
byId("model").textContent = data.model;
byId("about").textContent = data.file + ", " + bytes(data.file_bytes) + ": " + grouped(data.steps.length) + " steps, " + grouped(totalMacs) + " MACs";
byId("made").textContent = "Made by Etch " + data.etch + ". Steps, graph and arena are those for " + (data.board || "any core") + ", inputs and outputs with the caller.";
const anyBoard = data.board && !data.boards.some((b) => b.name === data.board) ? "the core " + data.board : "any core";
byId("board").append(make("option", { value: "" }, anyBoard), ...data.boards.map((b) => make("option", { value: b.name }, b.title + " (" + b.core + ")")));
byId("board").value = data.boards.some((b) => b.name === data.board) ? data.board : "";
byId("board").addEventListener("change", verdict);
byId("inside").addEventListener("change", verdict);
table(byId("ends"), ["", "Name", "Shape", "Type", "Scale", "Bytes"],
      [["input", data.inputs], ["output", data.outputs]].flatMap(([what, ends]) => ends.map((e, k) =>
        [what + " " + k, e.name, shape(e.shape), e.type, quantized(e) || "", grouped(e.bytes)])), [5], 1);
for (const note of data.notes) byId("notes").append(make("p", { class: "notice" }, note));
verdict();
show("overview");
let width = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  if (shown.memory) drawMemory();
  if (shown.training) drawTraining();
});
})();

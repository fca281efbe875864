"use strict";
(() => {
  const tip = document.getElementById("tip");
  const show = (words, x, y) => {
    tip.textContent = words;
    tip.style.opacity = 1;
    const w = Math.min(350, tip.offsetWidth);
    tip.style.left = Math.max(4, Math.min(x + 12, innerWidth - w - 16)) + scrollX + "px";
    tip.style.top = y + 16 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 8 + scrollY + "px" : y + 16 + scrollY + "px";
  };
  const hide = () => { tip.style.opacity = 0; };
  const sourced = (e) => (e.target.closest ? e.target.closest("[data-source]") : null);
  document.addEventListener("mousemove", (e) => {
    const at = sourced(e);
    if (at) show(at.dataset.source, e.clientX, e.clientY);
    else if (!e.target.closest("canvas")) hide();
  });
  for (const kind of ["focusin", "click"]) document.addEventListener(kind, (e) => {
    const at = sourced(e);
    if (!at) return;
    const box = at.getBoundingClientRect();
    show(at.dataset.source, box.left, box.bottom - 8);
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") hide(); });

  addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("details")) d.open = true; });

  const filter = document.getElementById("filter");
  if (filter) filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of document.querySelectorAll("#values tr")) {
      if (row.querySelector("th")) continue;
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((w) => text.includes(w));
    }
  });

  const held = document.getElementById("frames");
  if (!held) return;
  const film = JSON.parse(held.textContent);
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const digits = (value) => {
    const [mantissa, power] = Number(value).toExponential(1).split("e").map(Number);
    if (!value || (power > -4 && power < 6)) return String(Number(Number(value).toPrecision(2)));
    return mantissa + "×10" + [...String(power)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] || "⁻").join("");
  };
  const ramp = (hexes) => {
    const steps = hexes.map(rgb);
    return (share) => {
      const at = Math.min(0.9999, Math.max(0, share)) * (steps.length - 1), i = Math.floor(at), f = at - i;
      return steps[i].map((c, k) => Math.round(c + (steps[i + 1][k] - c) * f));
    };
  };
  const colour = ramp(film.layerColours), warm = ramp(film.nodeColours);
  for (const arm of film.arms) for (const frame of arm.frames) {
    frame.cells = new DataView(bytes(frame.cells).buffer);
    frame.fields = bytes(frame.fields);
    frame.nodes = bytes(frame.nodes);
    if (frame.z) frame.z = new DataView(bytes(frame.z).buffer);
  }
  const matrices = film.channels.map((c, i) => [c, i]).filter(([c]) => c.kind === "matrix");
  const layer = document.getElementById("layer"), when = document.getElementById("when");
  const clock = document.getElementById("clock"), legend = document.getElementById("legend");
  layer.append(new Option("none", "-1"));
  film.channels.forEach((c, i) => { if (c.kind !== "matrix") layer.append(new Option(c.name, String(i))); });
  layer.value = String(film.first);
  when.max = film.times.length - 1;
  const by = document.getElementById("paint"), key = document.getElementById("cellkey");
  by.append(new Option("type and state", "-1"));
  film.nodes.forEach((node, i) => by.append(new Option(node.name, String(i))));
  const depth = document.getElementById("plane"), height3 = document.getElementById("z"), planes = film.planes.length;
  document.getElementById("depthbar").hidden = planes < 2;
  depth.max = planes - 1;
  depth.value = Math.floor(planes / 2);
  const cellsOf = (frame) => {
    const out = [], z = film.planes[Number(depth.value)];
    for (let n = 0; 6 * n < frame.cells.byteLength; n++) {
      const at = 6 * n, radius = frame.cells.getUint8(at + 4) / 4;
      const off = frame.z ? frame.z.getUint16(2 * n, true) / 65535 * film.depth - z : 0;
      if (Math.abs(off) >= radius) continue;
      out.push({ n, x: frame.cells.getUint16(at, true) / 65535 * film.width, y: frame.cells.getUint16(at + 2, true) / 65535 * film.height,
        r: Math.sqrt(radius * radius - off * off), kind: film.kinds[frame.cells.getUint8(at + 5)] });
    }
    return out;
  };
  const level = (frame, cell) => frame.nodes[Number(by.value) * (frame.cells.byteLength / 6) + cell.n];
  const fill = (frame, cell) => {
    if (Number(by.value) < 0) return cell.kind.colour;
    const at = level(frame, cell);
    return at === 255 ? film.without : "rgb(" + warm(at / 254).join(",") + ")";
  };
  const swatch = (words, colour) => {
    const one = document.createElement("span"), dot = document.createElement("i");
    dot.style.background = colour;
    one.append(dot, words);
    return one;
  };
  const explain = () => {
    const i = Number(by.value), bar = document.createElement("b"), one = document.createElement("span");
    if (i < 0) { key.replaceChildren(...film.kinds.map((k) => swatch(k.name, k.colour))); return; }
    bar.className = "bar";
    bar.style.background = "linear-gradient(90deg," + film.nodeColours.join(",") + ")";
    one.append("0 ", bar, " " + digits(film.nodes[i].top));
    key.replaceChildren(one, swatch("has no " + film.nodes[i].name, film.without));
  };
  const stage = document.getElementById("stage");
  const scale = Math.max(1, Math.min(3, 1200 / film.width)), width = Math.round(film.width * scale), height = Math.round(film.height * scale);
  const small = document.createElement("canvas");
  small.width = film.nx; small.height = film.ny;
  const screens = film.arms.map((arm) => {
    const figure = document.createElement("figure"), name = document.createElement("figcaption"), canvas = document.createElement("canvas");
    name.textContent = arm.name; name.style.fontWeight = 600;
    canvas.width = width; canvas.height = height;
    figure.append(name, canvas); stage.append(figure);
    canvas.addEventListener("mousemove", (e) => point(arm, canvas, e));
    canvas.addEventListener("mouseleave", hide);
    return { arm, canvas };
  });
  const paint = (pen, values) => {
    const image = pen.createImageData(film.nx, film.ny);
    for (let y = 0; y < film.ny; y++) for (let x = 0; x < film.nx; x++) {
      const [r, g, b, a] = values(y * film.nx + x), at = 4 * ((film.ny - 1 - y) * film.nx + x);
      image.data[at] = r; image.data[at + 1] = g; image.data[at + 2] = b; image.data[at + 3] = a;
    }
    pen.putImageData(image, 0, 0);
  };
  const draw = () => {
    const i = Number(when.value), shown = Number(layer.value), plane = film.nx * film.ny, at = Number(depth.value);
    if (planes > 1) height3.textContent = "z = " + film.planes[at].toFixed(0) + " of " + film.depth.toFixed(0) + " µm";
    const minutes = film.times[i];
    clock.textContent = minutes >= 2880 ? (minutes / 1440).toFixed(1) + " days" : minutes >= 120 ? (minutes / 60).toFixed(1) + " h" : minutes.toFixed(0) + " min";
    legend.textContent = shown >= 0 ? "full colour: " + digits(film.channels[shown].top) + " " + film.channels[shown].unit : "";
    const inner = small.getContext("2d");
    for (const { arm, canvas } of screens) {
      const frame = arm.frames[i], pen = canvas.getContext("2d");
      pen.fillStyle = film.layerColours[0];
      pen.fillRect(0, 0, width, height);
      if (shown >= 0) {
        paint(inner, (v) => [...colour(frame.fields[(shown * planes + at) * plane + v] / 255), 255]);
        pen.imageSmoothingEnabled = true;
        pen.drawImage(small, 0, 0, width, height);
      }
      matrices.forEach(([, channel], k) => {
        const tint = rgb(film.matrixColours[k % film.matrixColours.length]);
        paint(inner, (v) => [...tint, frame.fields[(channel * planes + at) * plane + v]]);
        pen.imageSmoothingEnabled = false;
        pen.drawImage(small, 0, 0, width, height);
      });
      pen.lineWidth = 0.7; pen.strokeStyle = "#fff";
      for (const cell of cellsOf(frame)) {
        pen.beginPath();
        pen.arc(cell.x * scale, height - cell.y * scale, cell.r * scale, 0, 7);
        pen.fillStyle = fill(frame, cell);
        pen.fill(); pen.stroke();
      }
      const bar = film.bar * scale, right = width - 0.03 * width, low = height - 0.05 * height;
      pen.fillStyle = "#ffffffd0"; pen.fillRect(right - bar - 10, low - 26, bar + 20, 36);
      pen.fillStyle = "#1c2430"; pen.fillRect(right - bar, low, bar, 4);
      pen.font = "18px sans-serif"; pen.textAlign = "center"; pen.fillText(film.bar + " µm", right - bar / 2, low - 7);
    }
  };
  const point = (arm, canvas, e) => {
    const box = canvas.getBoundingClientRect(), frame = arm.frames[Number(when.value)];
    const x = (e.clientX - box.left) / box.width * film.width, y = (1 - (e.clientY - box.top) / box.height) * film.height;
    const words = [];
    const cell = cellsOf(frame).find((c) => Math.hypot(c.x - x, c.y - y) < c.r), j = Number(by.value);
    if (cell) words.push(cell.kind.name);
    if (cell && j >= 0 && level(frame, cell) < 255) words.push(film.nodes[j].name + " about " + digits(level(frame, cell) / 254 * film.nodes[j].top));
    const shown = Number(layer.value);
    const vx = Math.min(film.nx - 1, Math.max(0, Math.floor(x / film.width * film.nx))), vy = Math.min(film.ny - 1, Math.max(0, Math.floor(y / film.height * film.ny)));
    if (shown >= 0) {
      const c = film.channels[shown], value = frame.fields[(shown * planes + Number(depth.value)) * film.nx * film.ny + vy * film.nx + vx] / 255 * c.top;
      words.push(c.name + " about " + digits(value) + " " + c.unit);
    }
    words.push("at " + x.toFixed(0) + ", " + y.toFixed(0) + " µm. snapshots.zarr");
    show(words.join("; "), e.clientX, e.clientY);
  };
  let timer = null;
  const play = document.getElementById("play");
  play.addEventListener("click", () => {
    if (timer) { clearInterval(timer); timer = null; play.textContent = "Play"; return; }
    play.textContent = "Pause";
    timer = setInterval(() => { when.value = (Number(when.value) + 1) % film.times.length; draw(); }, 140);
  });
  when.addEventListener("input", draw);
  layer.addEventListener("change", draw);
  depth.addEventListener("input", draw);
  by.addEventListener("change", () => { explain(); draw(); });
  explain();
  when.value = when.max;
  draw();
})();

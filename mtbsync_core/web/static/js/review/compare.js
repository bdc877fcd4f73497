/**
 * Both pictures in one, by WebGL2: laid over each other, divided by a line, or subtracted. The new run's picture is laid onto
 * the reference's by a homography, where the server finds one for the moment that is shown; else as it is.
 */

import { get, url } from "../api.js";
import { h, say } from "../dom.js";
import { fitted } from "./stage.js";

const MODES = { overlay: 0, wipe: 1, difference: 2 };
const TUNE = { overlay: "Share of the new run", wipe: "Where the line is", difference: "Strength" };

const VERTEX = `#version 300 es
out vec2 at;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  at = vec2(corner.x, 1.0 - corner.y);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec2 at;
out vec4 colour;
uniform sampler2D refPicture, newPicture;
uniform mat3 toNew; // from the reference's picture to the new one's, both from 0 to 1
uniform int mode;
uniform float tune;
void main() {
  vec3 a = texture(refPicture, at).rgb;
  vec3 h = toNew * vec3(at, 1.0);
  vec2 there = h.xy / h.z;
  bool seen = h.z > 0.0 && all(greaterThanEqual(there, vec2(0.0))) && all(lessThanEqual(there, vec2(1.0)));
  vec3 b = seen ? texture(newPicture, there).rgb : vec3(0.0);
  if (mode == 0) colour = vec4(seen ? mix(a, b, tune) : a, 1.0);
  else if (mode == 1) colour = vec4(abs(at.x - tune) < 0.0012 ? vec3(1.0) : at.x < tune ? a : b, 1.0);
  else colour = vec4(seen ? abs(a - b) * (0.5 + 3.0 * tune) : vec3(0.0), 1.0);
}`;

export class Compare {
  constructor(desk, stage) {
    this.desk = desk;
    this.stage = stage;
    this.canvas = h("canvas", { role: "img", "aria-label": "Both runs in one picture" });
    this.says = h("span", {});
    this.range = h("input", { type: "range", min: "0", max: "1", step: "0.01", value: "0.5", "aria-label": TUNE.overlay, oninput: () => this.draw() });
    this.box = h("div", { class: "mixed" }, this.canvas, h("label", { class: "tune" }, this.says, this.range));
    stage.append(this.box);
    this.matrix = null;
    for (const player of [desk.ref, desk.other]) {
      player.addEventListener("shown", () => this.#moved());
      player.addEventListener("still", () => this.draw());
    }
    this.canvas.addEventListener("pointermove", (event) => this.#drag(event));
    this.canvas.addEventListener("pointerdown", (event) => this.#drag(event));
    new ResizeObserver(() => this.draw()).observe(stage);
  }

  get mode() {
    return MODES[this.desk.view];
  }

  show(view) {
    if (!(view in MODES)) return;
    this.range.setAttribute("aria-label", TUNE[view]);
    this.gl ??= this.#begin();
    if (!this.gl) {
      say(this.says, "This browser has no WebGL2: side by side only.");
      return;
    }
    this.#moved();
  }

  #begin() {
    const gl = this.canvas.getContext("webgl2", { antialias: false, preserveDrawingBuffer: true });
    if (!gl) return null;
    const program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    gl.useProgram(program);
    this.at = (name) => gl.getUniformLocation(program, name);
    this.textures = [0, 1].map((unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      for (const [what, how] of [[gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE], [gl.TEXTURE_MIN_FILTER, gl.LINEAR]]) {
        gl.texParameteri(gl.TEXTURE_2D, what, how);
      }
      return unit;
    });
    gl.uniform1i(this.at("refPicture"), 0);
    gl.uniform1i(this.at("newPicture"), 1);
    return gl;
  }

  #moved() {
    if (this.mode === undefined || !this.gl) return;
    this.draw();
    clearTimeout(this.timer);
    if (this.desk.link.playing) this.matrix = null;
    else this.timer = setTimeout(() => this.#register(), 150);
  }

  /** Asks how the two pictures lie to each other. */
  async #register() {
    const { desk } = this;
    const [t, n] = [desk.now, desk.other.shown];
    let found = null;
    try {
      found = (await get(url("/media/homography", { run: desk.run, ref_s: t.toFixed(4), new_s: desk.other.time.toFixed(4) }))).matrix;
    } catch {
      found = null;
    }
    if (desk.now !== t || desk.other.shown !== n) return;
    this.matrix = found && inverse(found);
    this.draw();
  }

  draw() {
    const { gl, desk, canvas } = this;
    if (this.mode === undefined || !gl) return;
    const pictures = [desk.ref.picture, desk.other.picture];
    const place = fitted({ clientWidth: this.stage.clientWidth, clientHeight: desk.ref.box.clientHeight }, desk.state?.ref);
    for (const [name, size] of [["width", place.width], ["height", place.height]]) {
      const pixels = Math.round(size * devicePixelRatio);
      if (canvas[name] !== pixels) canvas[name] = pixels;
      canvas.style.setProperty(name, `${size}px`);
    }
    this.box.style.setProperty("height", `${desk.ref.box.clientHeight}px`);
    gl.viewport(0, 0, canvas.width, canvas.height);
    for (const [unit, picture] of pictures.entries()) {
      if (!picture || picture.readyState < 2) continue;
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, picture);
    }
    gl.uniformMatrix3fv(this.at("toNew"), true, this.matrix ?? [1, 0, 0, 0, 1, 0, 0, 0, 1]);
    gl.uniform1i(this.at("mode"), this.mode);
    gl.uniform1f(this.at("tune"), Number(this.range.value));
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    say(this.says, this.matrix ? "laid onto each other by what both show" : "not registered");
    canvas.dataset.registered = String(Boolean(this.matrix));
  }

  #drag(event) {
    if (this.desk.view !== "wipe" || !event.buttons) return;
    const rect = this.canvas.getBoundingClientRect();
    this.range.value = String(Math.min(Math.max((event.clientX - rect.left) / rect.width, 0), 1));
    this.draw();
  }
}

/** Inverse of a 3 by 3 matrix in rows; null where there is none. */
function inverse([a, b, c, d, e, f, g, h, i]) {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (Math.abs(determinant) < 1e-12) return null;
  const rows = [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f, d * h - e * g, b * g - a * h, a * e - b * d];
  return rows.map((value) => value / determinant);
}

/** Seconds and frames as words: `1:23.456`, `+0.82 s`, SMPTE timecode with drop frame; and back from what people type. */

const pad = (number, width = 2) => String(number).padStart(width, "0");

/** Minutes and seconds: `1:23.456`; hours where there are any. */
export function clock(seconds, digits = 3) {
  if (seconds === null || !Number.isFinite(seconds)) return "–";
  const unit = 10 ** digits;
  const ticks = Math.round(Math.abs(seconds) * unit);
  const whole = Math.floor(ticks / unit);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const head = hours ? `${hours}:${pad(minutes)}` : `${minutes}`;
  const tail = digits ? `.${pad(ticks % unit, digits)}` : "";
  return `${seconds < 0 && ticks ? "−" : ""}${head}:${pad(whole % 60)}${tail}`;
}

/** A difference with its sign: `+0.82 s`, `−0.10 s`. */
export function signed(seconds, digits = 2) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const text = Math.abs(seconds).toFixed(digits);
  return `${Number(text) === 0 ? "±" : seconds < 0 ? "−" : "+"}${text} s`;
}

/** A length: `0.05 s`. */
export const length = (seconds, digits = 2) => (Number.isFinite(seconds ?? NaN) ? `${seconds.toFixed(digits)} s` : "–");

/** "60000/1001" as a number. */
export function rateOf(text) {
  const [over, under = "1"] = String(text ?? "30").split("/");
  return Number(over) / Number(under);
}

/** Number of a SMPTE label at a rate (SMPTE ST 12-1: drop frame leaves out labels 0 and 1 of each minute but the tenth). */
export function frameOfLabel(label, rate, drop) {
  const parts = /^(\d+):(\d+):(\d+)[:;.](\d+)$/.exec(label.trim());
  if (!parts) return null;
  const [hours, minutes, seconds, frames] = parts.slice(1).map(Number);
  const base = Math.round(rate);
  const minute = hours * 60 + minutes;
  const dropped = drop ? (base / 15) * (minute - Math.floor(minute / 10)) : 0;
  return (minute * 60 + seconds) * base + frames - Math.round(dropped);
}

/** The SMPTE label of a frame that is `number` frames after 00:00:00:00. */
export function labelOfFrame(number, rate, drop) {
  const base = Math.round(rate);
  let frame = number;
  if (drop) {
    const skipped = Math.round(base / 15);
    const [perMinute, perTen] = [base * 60 - skipped, base * 600 - skipped * 9];
    const [tens, rest] = [Math.floor(frame / perTen), frame % perTen];
    frame += skipped * 9 * tens + (rest >= base * 60 ? skipped * (1 + Math.floor((rest - base * 60) / perMinute)) : 0);
  }
  const seconds = Math.floor(frame / base);
  const hours = Math.floor(seconds / 3600) % 24;
  return `${pad(hours)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}${drop ? ";" : ":"}${pad(frame % base)}`;
}

/** What a recording's frame `n` is called in an editor; counts from zero where the camera wrote no timecode. */
export function smpte(n, recording) {
  if (!recording) return "";
  const rate = rateOf(recording.rate);
  const first = recording.start_timecode ? frameOfLabel(recording.start_timecode, rate, recording.drop) : 0;
  return labelOfFrame((first ?? 0) + n, rate, Boolean(recording.drop));
}

/** Seconds from what someone typed: `83.4`, `1:23.4`, `1:02:03`, or a SMPTE label of that recording; null if neither. */
export function parseTime(text, recording) {
  const typed = text.trim().replace(",", ".");
  if (/^\d+:\d+:\d+[:;]\d+$/.test(typed) && recording) {
    const rate = rateOf(recording.rate);
    const start = recording.start_timecode ? frameOfLabel(recording.start_timecode, rate, recording.drop) : 0;
    const number = frameOfLabel(typed, rate, recording.drop || typed.includes(";"));
    return number === null ? null : (number - (start ?? 0)) / rate;
  }
  if (!/^\d+(:\d+){0,2}(\.\d*)?$/.test(typed)) return null;
  return typed.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

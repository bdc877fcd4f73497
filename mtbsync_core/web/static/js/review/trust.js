/** How sure a marker's place is: a word and a colour, for the list, the bar and the form. */

/** `{word, kind, more}`: kind is good, check or none; `more` says it in a sentence. */
export function trust(marker) {
  if (marker.status === "outside") return { word: "outside", kind: "none", more: "The new run does not show this place." };
  if (marker.status === "gap") return { word: "gap", kind: "none", more: "The runs do not correspond here." };
  if (marker.flagged) return { word: "wrong", kind: "check", more: "Flagged as wrong: the matching frame is still to be found." };
  const margin = marker.t_hi !== null && marker.t_lo !== null ? ` ± ${((marker.t_hi - marker.t_lo) / 2).toFixed(2)} s` : "";
  const share = `${Math.round(100 * marker.confidence)} % sure to be within 0.3 s${margin && `, 90 %:${margin}`}`;
  if (marker.needs_review) return { word: "check", kind: "check", more: `Needs a look: ${share}.` };
  return { word: "sure", kind: "good", more: `${share}.` };
}

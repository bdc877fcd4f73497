/** The keys of the dashboard: place on the keyboard, modifiers, action, what it does, group. Help and docs show it. */

export const MACHINE_KEYS = [
  ["KeyS", "", "smooth", "Smooth the lines, or not", "Machine"],
  ["KeyX", "", "axis", "One step per run, or true to time", "Machine"],
  ["Digit0", "", "reset", "The whole time again", "Machine"],
  ["KeyC", "", "csv", "Save as CSV", "Machine"],
];

export const KEYS = [
  ["ArrowDown", "", "next", "Next run", "Runs"],
  ["ArrowUp", "", "previous", "Previous run", "Runs"],
  ["KeyJ", "", "next", "Next run", "Runs"],
  ["KeyK", "", "previous", "Previous run", "Runs"],
  ["Home", "", "first", "First run", "Runs"],
  ["End", "", "last", "Last run", "Runs"],
  ["Enter", "", "review", "Open the review of the chosen run", "Runs"],
  ["Escape", "", "close", "Choose no run", "Runs"],
  ["Slash", "", "search", "Search", "Runs"],
  ["Digit1", "", "runs", "Runs", "Pages"],
  ["Digit2", "", "machine", "Machine", "Pages"],
  ["Digit3", "", "markers", "Markers", "Pages"],
  ["Digit4", "", "files", "Files", "Pages"],
  ["Slash", "Shift", "help", "These keys", "Pages"],
  ...MACHINE_KEYS,
];

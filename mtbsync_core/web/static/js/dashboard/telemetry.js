/** The page of what runs took of the machine. */

import { $ } from "../dom.js";
import { listen, showHelp } from "../keyboard.js";
import { MACHINE_KEYS } from "./keys.js";
import { live } from "./live.js";
import { Machine } from "./machine.js";

const KEYS = [...MACHINE_KEYS, ["Slash", "Shift", "help", "These keys", "Machine"]];
const machine = new Machine($("machine"), { limit: 2000 });

$("help").addEventListener("click", () => showHelp(KEYS));
listen(KEYS, { ...machine.actions(), help: () => showHelp(KEYS) });
live({ snapshot: () => machine.load(), perf: (point) => machine.add([point]) });

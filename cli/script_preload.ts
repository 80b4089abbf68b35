// What `tongs run` from source loads before the script.

import { hookTongs, importTongs } from "./script_hooks.ts";

// A module that only a hook names can be imported if it is here already.
await importTongs();
hookTongs();

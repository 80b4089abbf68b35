// The entry of the `data:` URL on the runtime's command line.

import { boot } from "./boot.ts";

await boot(Deno.args);

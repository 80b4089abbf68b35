// The far side of `sync` and `syncFrom`.

import { receiveTree } from "../files/sync_receive.ts";
import {
  EVENTS,
  type SyncCounts,
  type SyncEvent,
} from "../files/sync_messages.ts";
import { Records } from "../files/sync_records.ts";
import { sendTree } from "../files/sync_send.ts";
import { LocalTree } from "../files/sync_source.ts";
import { treeRoot } from "../files/paths.ts";
import { encodeValue } from "../wire/encode_value.ts";
import type { SyncRequest } from "../wire/messages.ts";
import type { FileJob } from "./file_service.ts";

/** How many events are sent together. */
const MAX_EVENTS = 200;

/** Makes a copy of the tree that the controller has. */
export async function receiveSync(
  { stream, request, resolve, hold }: FileJob<SyncRequest>,
): Promise<{ path: string; counts: SyncCounts }> {
  const path = treeRoot(resolve(request.path));
  const records = new Records(stream);
  let events: SyncEvent[] = [];
  const flush = async () => {
    if (events.length > 0) await records.add(EVENTS, encodeValue(events));
    events = [];
  };
  const counts = await receiveTree(records, path, {
    delete: request.delete,
    dryRun: request.dryRun,
    exclude: request.exclude,
    hold,
    onEvent(...event) {
      const [what] = event;
      if (!request.events && what !== "fail" && what !== "skip") return;
      if (events.push(event) >= MAX_EVENTS) return flush();
    },
  });
  await flush();
  await records.flush();
  await stream.end();
  return { path, counts };
}

/** Sends the controller a tree. */
export async function sendSync(
  { stream, request, resolve }: FileJob<SyncRequest>,
): Promise<{ path: string }> {
  const tree = new LocalTree(resolve(request.path), request.exclude);
  await sendTree(new Records(stream), tree, { dryRun: request.dryRun });
  return { path: tree.root };
}

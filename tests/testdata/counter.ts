// A module with state, for functions of other modules that import it.

export let total = 0;

export function count(): number {
  return ++total;
}

export default count;

export class Counter {
  value = 0;

  next(): number {
    return ++this.value;
  }
}

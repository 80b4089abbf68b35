// A library whose functions cannot be imported: closures, and what is hidden in objects.

const hidden = 5;

function secret(x: number): number {
  return x + hidden;
}

/** A closure over what the module does not export. */
export const adder = (n: number) => (x: number): number => secret(x) + n;

/** Functions in an object. */
export const tools = {
  twice: (x: number): number => 2 * secret(x),
  deep: { three: (): number => secret(-2) },
};

/** A class that is made anew each time. */
export const makeClass = (label: string) =>
  class {
    label(): string {
      return label + secret(0);
    }
  };

/** A class to extend. */
export class Base {
  /** What it says. */
  greet(): string {
    return "base";
  }
}

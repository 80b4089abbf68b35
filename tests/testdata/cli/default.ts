// A module with two functions, one of them by default.

export function other(): void {}

export default function (): string {
  return "default";
}

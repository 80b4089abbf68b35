// The code of a function as it is sent: an expression that makes the function anew wherever it is
// evaluated. What it takes from around it is handed in: a variable that keeps its value is a variable
// again; one that changes becomes a cell that functions can share, so that `count` is rewritten to
// `count.v`; and `loadavg` to `os.loadavg`, where `os` is the module, whose exports stay live.

import { type FreeName, isConstant, type Surroundings } from "./free_names.ts";
import type { Node, Reference } from "./parser.ts";
import type { Script } from "./script.ts";

/** A module that code imports. */
export interface CodeImport {
  /** How it names the module. */
  specifier: string;
  /** The `type` attribute. */
  type: string | undefined;
  /** The names that it takes, or nothing if it takes the module as a whole. */
  names: string[] | undefined;
}

/** Code that makes a function. */
export interface Code {
  /** The expression; it takes the modules, the cells, `import.meta` and `import()`. */
  source: string;
  /** The modules, in their order. */
  imports: CodeImport[];
  /** The offset in the script of an offset in the source. */
  originalOffset(offset: number): number;
}

/** What {@linkcode makeCode} needs to know. */
export interface CodeParts {
  /** Where the function is. */
  script: Script;
  /** Its node. */
  node: Node;
  /** Its text, as the engine gives it. */
  text: string;
  /** Its name. */
  name: string;
  /** The names that cells are handed in for. */
  captured: FreeName[];
  /** The names that are imported. */
  imported: FreeName[];
  /** What else it takes from around it. */
  around: Surroundings;
  /** What must go, as {@linkcode staticParts} finds it. */
  removed: Edit[];
  /** The node of what a class extends, if that is handed in as the last cell. */
  base: Node | undefined;
  /** Every `this` for what is handed in as the last cell, if it is. */
  receivers: Node[];
}

/** A part of the source that something else takes the place of. */
export interface Edit {
  /** Where it begins. */
  start: number;
  /** Where it ends. */
  end: number;
  /** What takes its place. */
  text: string;
  /** Whether it is a name that is called. */
  isCalled?: boolean;
}

/** Makes the code of a function. */
export function makeCode(parts: CodeParts): Code {
  const { script, node, text, captured, around, base } = parts;
  const own = unusedPrefix(text);
  const imports: CodeImport[] = [];
  const edits: Edit[] = [...parts.removed];
  const replace = (reference: Reference, access: string) =>
    edits.push(...rename(reference, access, around));

  for (const { name, references, variable } of captured) {
    if (isConstant(variable)) continue;
    for (const reference of references) replace(reference, `${name}.v`);
  }
  for (const { references, variable } of parts.imported) {
    const { node: specifier, parent } = variable!.defs[0]!;
    const place = placeOfImport(imports, parent!);
    const module = `${own}${place}`;
    const imported = importedName(specifier);
    if (imported === undefined) imports[place]!.names = undefined;
    else imports[place]!.names?.push(imported);
    const access = imported === undefined
      ? module
      : /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(imported)
      ? `${module}.${imported}`
      : `${module}[${JSON.stringify(imported)}]`;
    for (const reference of references) replace(reference, access);
  }
  for (const { start, end } of around.metas) {
    edits.push({ start, end, text: `${own}meta` });
  }
  for (const { start } of around.imports) {
    edits.push({ start, end: start + "import".length, text: `${own}import` });
  }
  for (const { start, end } of parts.receivers) {
    edits.push({ start, end, text: `${own}this` });
  }
  const start = node.end - text.length;
  const [before, after] = wrap(parts, edits);
  edits.push(...setterOfPrivates(node, own));
  if (base !== undefined) {
    edits.push({ start: base.start, end: base.end, text: `${own}base.v` });
  }
  const sorted = inOrder(script.source, edits);

  const modules = imports.map((_, i) => `${own}${i}`);
  // One line for what is handed in, so that the lines below it are the function's own.
  const head =
    `${
      script.sloppy ? "" : '"use strict";'
    }(function([${modules}],${own}cells,` +
    `${own}meta,${own}import,${own}statics){${
      variables(parts, own)
    }return(\n${before}`;
  const body = applyEdits(script.source, start, node.end, sorted);
  return {
    source: `${head}${body}${after}\n)})`,
    imports,
    originalOffset: (offset) =>
      beforeEdits(offset - head.length + start, sorted, script.source),
  };
}

/** Declares what is handed in. Constants get their values once there are any. */
function variables(
  { captured, base, receivers }: CodeParts,
  own: string,
): string {
  const constants: string[] = [];
  const declared = captured.map(({ name, variable }, i) => {
    const cell = `${own}cells[${i}]`;
    if (!isConstant(variable)) return `var ${name}=${cell};`;
    constants.push(`${name}=${cell}.v;`);
    return `var ${name};`;
  });
  if (base !== undefined) {
    declared.push(`var ${own}base=${own}cells[${captured.length}];`);
  }
  if (receivers.length > 0) {
    declared.push(`var ${own}this;`);
    constants.push(`${own}this=${own}cells[${captured.length}].v;`);
  }
  if (constants.length > 0) {
    declared.push(`(${own}statics.fill=()=>{${constants.join("")}})();`);
  }
  return declared.join("");
}

/** Names of its own for what is handed in, which the function does not use. */
function unusedPrefix(text: string): string {
  let prefix = "$tongs";
  while (text.includes(prefix)) prefix += "_";
  return prefix;
}

/** The edits that make a use of a name that of a property. */
function rename(
  { identifier }: Reference,
  access: string,
  { parents }: Surroundings,
): Edit[] {
  const { start, end } = identifier;
  const parent = parents.get(identifier);
  const above = parent && parents.get(parent);
  const isCalled = parent?.type === "CallExpression" &&
      parent.callee === identifier ||
    parent?.type === "TaggedTemplateExpression" && parent.tag === identifier;
  if (isCalled) {
    // Without the comma, the cell or module would become `this`.
    const text = `(0,${access})`;
    return [{
      start,
      end,
      text: beginsStatement(identifier, parents) ? `;${text}` : text,
      isCalled: true,
    }];
  }
  const isShorthand = (node: Node | undefined) =>
    node?.type === "Property" && node.shorthand === true;
  const isDefaulted = parent?.type === "AssignmentPattern" &&
    parent.left === identifier;
  if (isShorthand(parent) || isDefaulted && isShorthand(above)) {
    return [{ start, end, text: `${identifier.name}:${access}` }];
  }
  return [{ start, end, text: access }];
}

/**
 * Whether a statement of a list begins with this expression: a parenthesis there would belong to
 * the line before, if that has no semicolon.
 */
function beginsStatement(node: Node, parents: Map<Node, Node>): boolean {
  let current: Node | undefined = node;
  while (current !== undefined && current.start === node.start) {
    const parent = parents.get(current);
    if (current.type === "ExpressionStatement") {
      return parent !== undefined &&
        /^(BlockStatement|StaticBlock|SwitchCase|Program)$/.test(parent.type);
    }
    current = parent;
  }
  return false;
}

function placeOfImport(imports: CodeImport[], declaration: Node): number {
  const specifier = (declaration.source as Node).value as string;
  const attribute = (declaration.attributes as Node[] | undefined)
    ?.find(({ key }) => ((key as Node).name ?? (key as Node).value) === "type");
  const type = (attribute?.value as Node | undefined)?.value as
    | string
    | undefined;
  const known = imports.findIndex((found) =>
    found.specifier === specifier && found.type === type
  );
  return known >= 0 ? known : imports.push({ specifier, type, names: [] }) - 1;
}

/** The name of an import in its module, or nothing if it is the module itself. */
function importedName(specifier: Node): string | undefined {
  if (specifier.type === "ImportNamespaceSpecifier") return undefined;
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  const imported = specifier.imported as Node;
  return (imported.name ?? imported.value) as string;
}

/** What stands around the function's text to make it an expression, and to keep its name. */
function wrap(
  { node, name, script }: CodeParts,
  edits: Edit[],
): [string, string] {
  const method = node.method as Node | undefined;
  if (method !== undefined) {
    const key = method.key as Node;
    const accessor = method.kind === "get" || method.kind === "set"
      ? method.kind
      : undefined;
    const plain = JSON.stringify(
      accessor === undefined ? name : name.slice(accessor.length + 1),
    );
    const start = method.computed === true
      ? script.source.lastIndexOf("[", key.start)
      : key.start;
    edits.push({ start, end: (method.value as Node).start, text: plain });
    return accessor === undefined
      ? ["({", `})[${plain}]`]
      : ["Object.getOwnPropertyDescriptor({", `},${plain}).${accessor}`];
  }
  const id = node.id as Node | null | undefined;
  if (node.type === "FunctionDeclaration" && id) {
    // Inside, its name means the variable outside, which may have become something else.
    edits.push({ start: id.start, end: id.end, text: "" });
  } else if (id) return ["(", ")"];
  if (name === "") return ["(", ")"];
  const quoted = JSON.stringify(name);
  return [`({[${quoted}]:`, `})[${quoted}]`];
}

/**
 * The values of the static fields of a class, and its static blocks. They go: what they made goes
 * along as it is now, and they do not run again.
 */
export function staticParts(node: Node, source: string): Edit[] {
  return staticMembers(node).flatMap((member) => {
    const { type, start, end, computed, value } = member;
    if (type === "StaticBlock") return [{ start, end, text: ";" }];
    if (value === null) return [];
    const key = member.key as Node;
    const from = computed === true ? source.indexOf("]", key.end) + 1 : key.end;
    return [{ start: from, end: (value as Node).end, text: "" }];
  });
}

/** The names of the private static fields of a class. */
export function privateFields(node: Node): string[] {
  return staticMembers(node).flatMap(({ key }) =>
    (key as Node | undefined)?.type === "PrivateIdentifier"
      ? [`#${(key as Node).name}`]
      : []
  );
}

/** What is added to a class so that its private static fields can be set. */
function setterOfPrivates(node: Node, own: string): Edit[] {
  const sets = privateFields(node).map((name) =>
    `this.${name}=v[${JSON.stringify(name)}];`
  );
  if (sets.length === 0) return [];
  const at = node.end - 1;
  const text = `;static{${own}statics.set=(v)=>{${sets.join("")}}}`;
  return [{ start: at, end: at, text }];
}

function staticMembers(node: Node): Node[] {
  if (!/^Class/.test(node.type)) return [];
  return ((node.body as Node).body as Node[]).filter((member) =>
    member.type === "StaticBlock" ||
    member.type === "PropertyDefinition" && member.static === true
  );
}

/** Edits from first to last, without those inside of others, and with all line breaks kept. */
function inOrder(source: string, edits: Edit[]): Edit[] {
  const sorted = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  return sorted.flatMap(({ start, end, text, isCalled = false }) => {
    if (start < at) return [];
    at = end;
    const breaks = source.slice(start, end).replace(/[^\n]+/g, "");
    return [{ start, end, text: text + breaks, isCalled }];
  });
}

function applyEdits(
  source: string,
  start: number,
  end: number,
  edits: Edit[],
): string {
  let result = "";
  let at = start;
  for (const edit of edits) {
    result += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + source.slice(at, end);
}

/** The offset before the edits, for one after them that is counted from the same start. */
function beforeEdits(offset: number, edits: Edit[], source: string): number {
  for (const { start, end, text, isCalled } of edits) {
    if (offset < start + text.length) return Math.min(offset, start);
    offset += end - start - text.length;
    // The engine places a call at its name, but at its parenthesis if there is none.
    if (isCalled && source[offset] === "(" && isBlank(source, end, offset)) {
      return start;
    }
  }
  return offset;
}

function isBlank(source: string, start: number, end: number): boolean {
  return start <= end && source.slice(start, end).trim() === "";
}

/** The fields of a generated message, named and typed as its setters are. */
type Fields<M> = {
  [K in keyof M as K extends `set${infer Name}` ? Uncapitalize<Name> : never]?: M[K] extends (
    value: infer Value,
  ) => unknown
    ? Value
    : never;
};

/** A message of the protocol with these fields. */
export function message<M extends object>(kind: new () => M, fields: Fields<M>): M {
  const made = new kind();
  for (const [name, value] of Object.entries(fields)) {
    const setter = `set${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    (made as Record<string, (value: unknown) => void>)[setter]?.(value);
  }
  return made;
}

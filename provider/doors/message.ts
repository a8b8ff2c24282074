/** The fields of a message of gRPC, by the names in its `.proto` file, as its setters take them. */
type Fields<M> = {
  [K in keyof M as K extends `set${infer Name}` ? Uncapitalize<Name> : never]?: M[K] extends (
    value: infer Value,
  ) => unknown
    ? Value
    : never;
};

/** A message with these fields. Generated classes have only setters. */
export function message<M extends object>(kind: new () => M, fields: Fields<M>): M {
  const made = new kind();
  for (const [name, value] of Object.entries(fields)) {
    const setter = `set${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    (made as Record<string, (value: unknown) => void>)[setter]?.(value);
  }
  return made;
}

/** What Pulumi is answered after a read. An empty id is how it is told that a resource is gone. */
export function readResult(id: string, found: object | undefined) {
  return found ? { id, props: found } : { id: "", props: {} };
}

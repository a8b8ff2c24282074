/** What Pulumi makes of a diff. */
export const verdictOf = ({ changes, replaces }: { changes: boolean; replaces: string[] }) =>
  changes ? (replaces.length > 0 ? "replace" : "update") : "none";

const open: AsyncDisposable[] = [];

/** Ends with the test that it is made in, as by `await using`, which Node.js 22 does not know. */
export function disposed<T extends AsyncDisposable>(one: T): T {
  open.push(one);
  return one;
}

/** Root hooks: what was made last ends first. */
export async function disposeAll(): Promise<void> {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
}

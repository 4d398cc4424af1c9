/**
 * A module of the page. They are plain JavaScript for the browser, checked by the `tsconfig.json` beside them and
 * unknown to this program's compiler, so each test says what it uses of one.
 */
export const asset = <T>(name: string): Promise<T> =>
  import(new URL(`../../../src/adapters/web/assets/${name}`, import.meta.url).href)

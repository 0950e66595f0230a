// @ts-check
/** What stands behind the # of the page's address, which browsers never send: the token, and maybe a window. */

export function hashParameters() {
  return new URLSearchParams(location.hash.slice(1));
}

export function readToken() {
  return hashParameters().get('token') ?? '';
}

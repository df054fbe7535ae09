/** Leaves for the page of an authorization server. What is no web address, such as `javascript:`, is refused. */
export function navigate(url: string): void {
  if (!/^https?:\/\//i.test(new URL(url, location.href).href)) throw new TypeError('This is no address of a web page.')
  location.assign(url)
}

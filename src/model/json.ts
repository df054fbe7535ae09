/** A JSON value: what every storage can hold. No Date, Map, class, no `undefined` in arrays. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/** The last row of the page before, newest first: pages cost the same at any depth. */
export type Cursor = { readonly createdAt: Date; readonly id: string }

export type PageRequest = { readonly limit: number; readonly after: Cursor | undefined }

export type Page<T> = { readonly items: readonly T[]; readonly next: Cursor | undefined }

export type TimeRange = { readonly from: Date | undefined; readonly to: Date | undefined }

/** A time with a beginning and an end. */
export type Span = { readonly from: Date; readonly to: Date }

/** The languages answers are written in; Chinese unless the caller asks for English. */
export const LANGUAGES = ['zh', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** One text in each language. */
export type Text = Readonly<Record<Language, string>>

export const text = (zh: string, en: string): Text => ({ zh, en })

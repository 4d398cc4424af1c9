/** One text in each language of the people who are told. */
export type Bilingual = { readonly zh: string; readonly en: string }
/** What it is, in a line, and what to do about it. `{fact}` stands for what was seen. */
export type Wording = { readonly title: Bilingual; readonly text: Bilingual }

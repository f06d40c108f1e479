/** Values by what is special about them: `min`, `longest`. */
export type Named = Readonly<Record<string, unknown>>;

/** Values of one sort of field: those inside its edges, and those just outside. */
export type Choices = { readonly valid: Named; readonly invalid: Named };

/** Where everything lives that speaks JSON to merchants' programs. */
export const API = '/api/v1'

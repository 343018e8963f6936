// Which documents are ours.

const LANGUAGES = ["dockerfile", "containerfile"];
const SCHEMES = ["file", "untitled"];

/** The documents that the server is told of. */
export const SELECTOR = LANGUAGES.flatMap((language) => SCHEMES.map((scheme) => ({ language, scheme })));

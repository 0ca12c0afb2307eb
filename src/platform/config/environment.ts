/** The only place that looks at the environment: what is configured there is read by `readEnvironment`. */
export const environment: Readonly<Record<string, string | undefined>> = process.env;

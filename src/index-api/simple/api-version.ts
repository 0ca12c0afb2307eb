/** PEP 629: the version of the simple API, in every page of it. HTML is frozen at this one (PEP 833). */
export const API_VERSION = "1.4";

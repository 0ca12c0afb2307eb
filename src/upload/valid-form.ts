import { InvalidForm, InvalidMetadata } from "../packaging-standards/index.ts";
import { refuse } from "./refused.ts";

/** Runs the standards' checks of a form and says what they refuse as a step of the upload. */
export function validForm<Form>(validate: () => Form): Form {
  try {
    return validate();
  } catch (error) {
    if (error instanceof InvalidMetadata) refuse("S08 metadata", error.message);
    if (error instanceof InvalidForm) {
      refuse(error.field === "protocol_version" ? "S06 protocol version" : "S07 form", error.message);
    }
    throw error;
  }
}

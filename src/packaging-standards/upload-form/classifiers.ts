import data from "../classifiers.generated.json" with { type: "json" };
import { pythonListRepr, pythonRepr } from "../python-repr.ts";

const KNOWN: ReadonlySet<string> = new Set(data.classifiers);
const POSITION: ReadonlyMap<string, number> = new Map(data.classifiers.map((classifier, at) => [classifier, at]));
const DEPRECATED: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(data.deprecated));

/**
 * Classifiers (PEP 301) in the order of the published list, which is how indexes show them; private ones after all
 * others, as they came.
 */
export function inListOrder(classifiers: readonly string[]): readonly string[] {
  const position = (classifier: string) => POSITION.get(classifier) ?? POSITION.size;
  return classifiers.toSorted((a, b) => position(a) - position(b));
}

/**
 * What is wrong with a release's classifiers, or undefined: each has to be in the published list, and not deprecated.
 * `Private :: …` is in no list, so that a distribution that carries it cannot reach a public index by mistake.
 */
export function classifierFault(classifiers: readonly string[], allowPrivate: boolean): string | undefined {
  const sorted = [...classifiers].sort();
  const unknown = sorted.find(
    (classifier) =>
      !KNOWN.has(classifier) && !DEPRECATED.has(classifier) && !(allowPrivate && classifier.startsWith("Private :: ")),
  );
  if (unknown !== undefined) return `${pythonRepr(unknown)} is not a valid classifier`;
  const deprecated = sorted.find((classifier) => DEPRECATED.has(classifier));
  if (deprecated === undefined) return undefined;
  const successors = DEPRECATED.get(deprecated) ?? [];
  const advice = successors.length > 0 ? `, use one of ${pythonListRepr(successors)} instead` : "";
  return `The classifier ${pythonRepr(deprecated)} has been deprecated${advice}.`;
}

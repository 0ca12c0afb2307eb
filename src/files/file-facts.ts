import { InvalidText, parseSdistFilename, parseWheelFilename } from "../packaging-standards/index.ts";
import type { HeaderList } from "../platform/http/answer.ts";

/**
 * What the file host says about a distribution beside its bytes; some mirrors read it. Taken from the file's name alone, so
 * that no listing is asked; nothing for names that follow no standard.
 */
export function fileFacts(filename: string): HeaderList {
  try {
    const facts = filename.endsWith(".whl") ? wheelFacts(filename) : sdistFacts(filename);
    return facts.every((value) => /^[\x21-\x7e]+$/.test(value)) ? facts : [];
  } catch (error) {
    if (error instanceof InvalidText) return [];
    throw error;
  }
}

function wheelFacts(filename: string): HeaderList {
  const { name, version, pythons } = parseWheelFilename(filename);
  return facts(name, version, "bdist_wheel", pythons.join("."));
}

function sdistFacts(filename: string): HeaderList {
  const { name, version } = parseSdistFilename(filename);
  return facts(name, version, "sdist", "source");
}

function facts(project: string, version: string, packageType: string, pythonVersion: string): HeaderList {
  return [
    "x-pypi-file-project",
    project,
    "x-pypi-file-version",
    version,
    "x-pypi-file-package-type",
    packageType,
    "x-pypi-file-python-version",
    pythonVersion,
  ];
}

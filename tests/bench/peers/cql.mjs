// Decide cases in CQL: one JSON document in, the verdicts, times and memory out.
import { readFileSync } from "node:fs";
import {
  CqlTranslator, LibraryManager, ModelManager, createModelInfoProvider, stringAsSource,
} from "@cqframework/cql/cql-to-elm";
import cql from "cql-execution";

const { cases, above, rounds } = JSON.parse(readFileSync(0, "utf8"));
const library = new cql.Library(translated(read("rules/Guideline.cql")));
const codes = new cql.CodeService(valueSets(above));
const nobody = { currentPatient: () => undefined, nextPatient: () => undefined };

function read(name) {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

function translated(source) {
  const models = new ModelManager();
  const system = createModelInfoProvider((id) => (id === "System" ? stringAsSource(read("rules/system.xml")) : null));
  models.modelInfoLoader.registerModelInfoProvider(system);
  const elm = JSON.parse(CqlTranslator.fromText(source, new LibraryManager(models)).toJson());
  const wrong = elm.library.annotation.filter((note) => note.errorSeverity === "error");
  if (wrong.length) throw new Error(JSON.stringify(wrong));
  return elm;
}

function valueSets(above) {
  const sets = {};
  const put = (name, code) => ((sets[name] ??= { 1: [] })[1]).push({ code, system: "" });
  for (const name of Object.keys(above)) sets[name] = { 1: [] };
  for (const [name, ups] of Object.entries(above)) {
    for (const up of ups) {
      put(up, name);
      put(`above ${name}`, up);
    }
  }
  return sets;
}

async function decide(plain) {
  const executor = new cql.Executor(library, codes, { Case: plain });
  const { unfilteredResults } = await executor.exec(nobody);
  return [unfilteredResults.Verdict, unfilteredResults.AmountSupported];
}

const found = [];
const times = [];
for (const plain of cases) found.push(await decide(plain));
for (let round = 0; round < rounds; round++) {
  for (const plain of cases) {
    const start = performance.now();
    await decide(plain);
    times.push(performance.now() - start);
  }
}
const mb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
process.stdout.write(JSON.stringify({ found, times, mb }));

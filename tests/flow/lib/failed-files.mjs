// SPDX-License-Identifier: MIT
//
// A reporter of node:test that names the files whose tests failed, a line each; an empty line where Node does not say.
export default async function* failedFiles(source) {
  const named = new Set()
  for await (const { type, data } of source) {
    if (type !== 'test:fail' || named.has(data.file)) continue
    named.add(data.file)
    yield `${data.file ?? ''}\n`
  }
}

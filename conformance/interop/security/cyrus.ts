/**
 * qpid-proton with SCRAM: its wheel on PyPI has none, so the same version is built from its source against
 * Cyrus SASL, whose headers come from a Debian package that is unpacked and not installed. Needs a C
 * compiler, OpenSSL's headers, and the library of Cyrus SASL with its modules.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpack } from '../../peers/debian-packages.ts';
import { type Recipe, run } from '../install.ts';

const PACKAGE = 'python-qpid-proton==0.40.0';

/** What the source's build asks for. */
const packageConfig = (home: string): string => `Name: Cyrus SASL
Description: headers unpacked, library of the machine
Version: 2
Cflags: -I${join(home, 'usr', 'include')}
Libs: -l:libsasl2.so.2
`;

/** Brings a Python that has it. */
export const protonWithCyrus: Recipe = {
  stamp: `cyrus ${PACKAGE}`,
  run: async (home) => {
    await unpack(home, ['libsasl2-dev']);
    await writeFile(join(home, 'libsasl2.pc'), packageConfig(home));
    const environment = join(home, 'venv');
    const program = join(environment, 'bin', 'python');
    await run('python3', ['-m', 'venv', environment]);
    const pip = [program, '-m', 'pip', 'install', '--quiet', '--no-cache-dir'];
    const words = [...pip, '--no-binary', 'python-qpid-proton', PACKAGE];
    await run('env', [`PKG_CONFIG_PATH=${home}`, ...words]);
    return { program };
  },
};

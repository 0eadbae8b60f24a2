// SPDX-License-Identifier: Apache-2.0
import 'reflect-metadata'; // tsyringe, inside @peculiar/x509, throws unless this is loaded before it
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type Extension,
  type JsonGeneralName,
  type PublicKey,
} from '@peculiar/x509';

/** Beginning of every certificate that we issue: a device without a clock believes that it is 1970. */
export const notBefore = new Date(0);

/** ECDSA on P-256 with SHA-256, for keys and signatures alike. */
export const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A CA that signs leaves only. */
export async function caExtensions(publicKey: PublicKey): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

/** A leaf: all of it is ours; nothing that a signing request asks for is taken over. */
export async function leafExtensions(leaf: {
  readonly publicKey: PublicKey;
  readonly caPublicKey: PublicKey;
  readonly usage: 'client' | 'server';
  readonly names: readonly JsonGeneralName[];
}): Promise<Extension[]> {
  const usage = leaf.usage === 'client' ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth;
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([usage]),
    new SubjectAlternativeNameExtension([...leaf.names]),
    await AuthorityKeyIdentifierExtension.create(leaf.caPublicKey),
    await SubjectKeyIdentifierExtension.create(leaf.publicKey),
  ];
}

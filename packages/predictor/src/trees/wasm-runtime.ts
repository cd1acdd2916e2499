/** The part of the WebAssembly API that the walk needs; TypeScript declares it for browsers only. */
export interface WebAssemblyRuntime {
  readonly Memory: new (descriptor: { initial: number }) => WebAssemblyMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly [module: string]: { readonly [name: string]: WebAssemblyMemory } },
  ) => { readonly exports: { readonly [name: string]: unknown } };
}

/** Memory that a module and JavaScript share. */
export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
}

/** The host's WebAssembly, or undefined where there is none. */
export function webAssembly(): WebAssemblyRuntime | undefined {
  return (globalThis as { WebAssembly?: WebAssemblyRuntime }).WebAssembly;
}

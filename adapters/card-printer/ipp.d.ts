declare module 'ipp' {
  type Value = string | number | boolean | Buffer | Value[] | { [name: string]: Value };
  type Group = Record<string, Value>;

  export interface Message {
    version?: string;
    operation: string;
    id?: number;
    'operation-attributes-tag': Group;
    'job-attributes-tag'?: Group;
    data?: Buffer;
  }

  export interface Answer {
    statusCode?: string;
    id: number;
    'operation-attributes-tag'?: Group;
    'job-attributes-tag'?: Group | Group[];
    'printer-attributes-tag'?: Group;
  }

  const ipp: {
    serialize(message: Message): Buffer;
    parse: ((bytes: Buffer) => Answer) & {
      handleUnknownTag(tag: number, name: string, length: number, read: (length: number) => string): unknown;
    };
  };
  export default ipp;
}

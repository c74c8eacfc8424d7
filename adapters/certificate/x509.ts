/** The one way in to @peculiar/x509: it does not load without the metadata polyfill before it. */
import 'reflect-metadata';

export * from '@peculiar/x509';

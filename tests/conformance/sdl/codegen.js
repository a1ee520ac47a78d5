// A typed client from the published schema and one document of each kind.
export default {
  schema: 'generated/schema.graphql',
  documents: 'documents.graphql',
  generates: {
    'generated/client.ts': { plugins: ['typescript-operations'] },
  },
};

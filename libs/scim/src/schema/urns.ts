/** URNs of RFC 7643 and RFC 7644, and of SAP's published user extensions (SAP-docs, Identity Authentication SCIM API). */
export const URN = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  enterpriseUser: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  sapUser: 'urn:ietf:params:scim:schemas:extension:sap:2.0:User',
  sapCustomUser: 'urn:sap:cloud:scim:schemas:extension:custom:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  sapGroup: 'urn:ietf:params:scim:schemas:extension:sap:2.0:Group',
  sapCustomGroup: 'urn:sap:cloud:scim:schemas:extension:custom:2.0:Group',
  schema: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
  resourceType: 'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
  serviceProviderConfig: 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
  searchRequest: 'urn:ietf:params:scim:api:messages:2.0:SearchRequest',
  bulkRequest: 'urn:ietf:params:scim:api:messages:2.0:BulkRequest',
  bulkResponse: 'urn:ietf:params:scim:api:messages:2.0:BulkResponse',
  listResponse: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  patchOp: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  error: 'urn:ietf:params:scim:api:messages:2.0:Error',
} as const;

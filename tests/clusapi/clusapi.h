/* What the vectors need of the Cluster API, as its public header declares it: for machines that
 * have no such header. tests/library.rs holds the numbers against fixtures/clusapi/constants.txt,
 * and the Windows arm of the CI compiles the same program against the public header itself. */
#ifndef EVSIM_CLUSAPI_H
#define EVSIM_CLUSAPI_H

#include <stddef.h>
#include <stdint.h>

#define WINAPI

typedef uint16_t WORD, WCHAR;
typedef uint32_t DWORD;
typedef int32_t BOOL;
typedef uintptr_t DWORD_PTR;
typedef void *HANDLE;

typedef struct _HCLUSTER *HCLUSTER;
typedef struct _HNODE *HNODE;
typedef struct _HGROUP *HGROUP;
typedef struct _HRESOURCE *HRESOURCE;
typedef struct _HNETWORK *HNETWORK;
typedef struct _HNETINTERFACE *HNETINTERFACE;
typedef struct _HCHANGE *HCHANGE;
typedef struct _HCLUSENUM *HCLUSENUM;
typedef struct _HNODEENUM *HNODEENUM;
typedef struct _HGROUPENUM *HGROUPENUM;
typedef struct _HRESENUM *HRESENUM;
typedef struct _HNETWORKENUM *HNETWORKENUM;

typedef struct CLUSTERVERSIONINFO {
    DWORD dwVersionInfoSize;
    WORD MajorVersion;
    WORD MinorVersion;
    WORD BuildNumber;
    WCHAR szVendorId[64];
    WCHAR szCSDVersion[64];
    DWORD dwClusterHighestVersion;
    DWORD dwClusterLowestVersion;
    DWORD dwFlags;
    DWORD dwReserved;
} CLUSTERVERSIONINFO;

#define INVALID_HANDLE_VALUE ((HANDLE)(intptr_t)-1)

#define CLUSTER_ENUM_NODE 0x1
#define CLUSTER_ENUM_RESOURCE 0x4
#define CLUSTER_ENUM_GROUP 0x8
#define CLUSTER_ENUM_NETWORK 0x10
#define CLUSTER_ENUM_INTERNAL_NETWORK 0x80000000
#define CLUSTER_GROUP_ENUM_CONTAINS 0x1
#define CLUSTER_GROUP_ENUM_NODES 0x2
#define CLUSTER_RESOURCE_ENUM_DEPENDS 0x1
#define CLUSTER_RESOURCE_ENUM_PROVIDES 0x2
#define CLUSTER_RESOURCE_ENUM_NODES 0x4
#define CLUSTER_NODE_ENUM_NETINTERFACES 0x1
#define CLUSTER_NETWORK_ENUM_NETINTERFACES 0x1
#define CLUSTER_CHANGE_RESOURCE_STATE 0x100
#define CLUSTER_CHANGE_GROUP_STATE 0x1000
#define CLUSCTL_RESOURCE_GET_NAME 0x01000029
#define CLUSCTL_RESOURCE_GET_RESOURCE_TYPE 0x0100002D
#define CLUSCTL_RESOURCE_GET_ID 0x01000039
#define CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES 0x01000081
#define CLUSCTL_RESOURCE_GET_NETWORK_NAME 0x01000169
#define CLUSCTL_GROUP_GET_NAME 0x03000029
#define CLUSCTL_NODE_GET_ID 0x04000039
#define CLUSCTL_NETWORK_GET_COMMON_PROPERTIES 0x05000059
#define CLUSCTL_NETINTERFACE_GET_NODE 0x06000031
#define CLUSCTL_CLUSTER_GET_COMMON_PROPERTIES 0x07000059

#define ERROR_INVALID_FUNCTION 1
#define ERROR_INVALID_HANDLE 6
#define ERROR_INVALID_PARAMETER 87
#define ERROR_MORE_DATA 234
#define WAIT_TIMEOUT 258
#define ERROR_NO_MORE_ITEMS 259
#define ERROR_IO_PENDING 997
#define RPC_S_SERVER_UNAVAILABLE 1722
#define ERROR_DEPENDENCY_NOT_FOUND 5002
#define ERROR_RESOURCE_NOT_FOUND 5007
#define ERROR_CANT_EVICT_ACTIVE_NODE 5009
#define ERROR_GROUP_NOT_FOUND 5013
#define ERROR_CLUSTER_NODE_NOT_FOUND 5042
#define ERROR_CLUSTER_NETWORK_NOT_FOUND 5045
#define ERROR_CLUSTER_NODE_NOT_PAUSED 5058

DWORD WINAPI GetLastError(void);
DWORD WINAPI GetNodeClusterState(const WCHAR *node, DWORD *state);
HCLUSTER WINAPI OpenCluster(const WCHAR *name);
BOOL WINAPI CloseCluster(HCLUSTER cluster);
DWORD WINAPI GetClusterInformation(HCLUSTER cluster, WCHAR *name, DWORD *length,
    CLUSTERVERSIONINFO *info);
DWORD WINAPI GetClusterQuorumResource(HCLUSTER cluster, WCHAR *resource, DWORD *resource_length,
    WCHAR *device, DWORD *device_length, DWORD *log_size);

HCLUSENUM WINAPI ClusterOpenEnum(HCLUSTER cluster, DWORD kinds);
DWORD WINAPI ClusterGetEnumCount(HCLUSENUM list);
DWORD WINAPI ClusterEnum(HCLUSENUM list, DWORD index, DWORD *kind, WCHAR *name, DWORD *length);
DWORD WINAPI ClusterCloseEnum(HCLUSENUM list);
HNODEENUM WINAPI ClusterNodeOpenEnum(HNODE node, DWORD kinds);
DWORD WINAPI ClusterNodeGetEnumCount(HNODEENUM list);
DWORD WINAPI ClusterNodeEnum(HNODEENUM list, DWORD index, DWORD *kind, WCHAR *name, DWORD *length);
DWORD WINAPI ClusterNodeCloseEnum(HNODEENUM list);
HGROUPENUM WINAPI ClusterGroupOpenEnum(HGROUP group, DWORD kinds);
DWORD WINAPI ClusterGroupGetEnumCount(HGROUPENUM list);
DWORD WINAPI ClusterGroupEnum(HGROUPENUM list, DWORD index, DWORD *kind, WCHAR *name,
    DWORD *length);
DWORD WINAPI ClusterGroupCloseEnum(HGROUPENUM list);
HRESENUM WINAPI ClusterResourceOpenEnum(HRESOURCE resource, DWORD kinds);
DWORD WINAPI ClusterResourceGetEnumCount(HRESENUM list);
DWORD WINAPI ClusterResourceEnum(HRESENUM list, DWORD index, DWORD *kind, WCHAR *name,
    DWORD *length);
DWORD WINAPI ClusterResourceCloseEnum(HRESENUM list);
HNETWORKENUM WINAPI ClusterNetworkOpenEnum(HNETWORK network, DWORD kinds);
DWORD WINAPI ClusterNetworkGetEnumCount(HNETWORKENUM list);
DWORD WINAPI ClusterNetworkEnum(HNETWORKENUM list, DWORD index, DWORD *kind, WCHAR *name,
    DWORD *length);
DWORD WINAPI ClusterNetworkCloseEnum(HNETWORKENUM list);

HNODE WINAPI OpenClusterNode(HCLUSTER cluster, const WCHAR *name);
BOOL WINAPI CloseClusterNode(HNODE node);
int WINAPI GetClusterNodeState(HNODE node);
DWORD WINAPI GetClusterNodeId(HNODE node, WCHAR *id, DWORD *length);
DWORD WINAPI PauseClusterNode(HNODE node);
DWORD WINAPI ResumeClusterNode(HNODE node);
DWORD WINAPI EvictClusterNode(HNODE node);

HGROUP WINAPI OpenClusterGroup(HCLUSTER cluster, const WCHAR *name);
BOOL WINAPI CloseClusterGroup(HGROUP group);
int WINAPI GetClusterGroupState(HGROUP group, WCHAR *node, DWORD *length);
DWORD WINAPI OnlineClusterGroup(HGROUP group, HNODE node);
DWORD WINAPI OfflineClusterGroup(HGROUP group);
DWORD WINAPI MoveClusterGroup(HGROUP group, HNODE node);
DWORD WINAPI SetClusterGroupNodeList(HGROUP group, DWORD count, HNODE *nodes);

HRESOURCE WINAPI OpenClusterResource(HCLUSTER cluster, const WCHAR *name);
BOOL WINAPI CloseClusterResource(HRESOURCE resource);
int WINAPI GetClusterResourceState(HRESOURCE resource, WCHAR *node, DWORD *node_length,
    WCHAR *group, DWORD *group_length);
DWORD WINAPI OnlineClusterResource(HRESOURCE resource);
DWORD WINAPI OfflineClusterResource(HRESOURCE resource);
DWORD WINAPI FailClusterResource(HRESOURCE resource);
DWORD WINAPI AddClusterResourceNode(HRESOURCE resource, HNODE node);
DWORD WINAPI RemoveClusterResourceNode(HRESOURCE resource, HNODE node);
BOOL WINAPI CanResourceBeDependent(HRESOURCE resource, HRESOURCE dependent);
BOOL WINAPI GetClusterResourceNetworkName(HRESOURCE resource, WCHAR *name, DWORD *length);

HNETWORK WINAPI OpenClusterNetwork(HCLUSTER cluster, const WCHAR *name);
BOOL WINAPI CloseClusterNetwork(HNETWORK network);
int WINAPI GetClusterNetworkState(HNETWORK network);
DWORD WINAPI GetClusterNetworkId(HNETWORK network, WCHAR *id, DWORD *length);
HNETINTERFACE WINAPI OpenClusterNetInterface(HCLUSTER cluster, const WCHAR *name);
BOOL WINAPI CloseClusterNetInterface(HNETINTERFACE interface_handle);
int WINAPI GetClusterNetInterfaceState(HNETINTERFACE interface_handle);
DWORD WINAPI GetClusterNetInterface(HCLUSTER cluster, const WCHAR *node, const WCHAR *network,
    WCHAR *name, DWORD *length);

DWORD WINAPI ClusterControl(HCLUSTER cluster, HNODE host, DWORD code, void *in, DWORD in_size,
    void *out, DWORD out_size, DWORD *returned);
DWORD WINAPI ClusterNodeControl(HNODE node, HNODE host, DWORD code, void *in, DWORD in_size,
    void *out, DWORD out_size, DWORD *returned);
DWORD WINAPI ClusterGroupControl(HGROUP group, HNODE host, DWORD code, void *in, DWORD in_size,
    void *out, DWORD out_size, DWORD *returned);
DWORD WINAPI ClusterResourceControl(HRESOURCE resource, HNODE host, DWORD code, void *in,
    DWORD in_size, void *out, DWORD out_size, DWORD *returned);
DWORD WINAPI ClusterNetworkControl(HNETWORK network, HNODE host, DWORD code, void *in,
    DWORD in_size, void *out, DWORD out_size, DWORD *returned);
DWORD WINAPI ClusterNetInterfaceControl(HNETINTERFACE interface_handle, HNODE host, DWORD code,
    void *in, DWORD in_size, void *out, DWORD out_size, DWORD *returned);

HCHANGE WINAPI CreateClusterNotifyPort(HCHANGE change, HCLUSTER cluster, DWORD filter,
    DWORD_PTR key);
DWORD WINAPI RegisterClusterNotify(HCHANGE port, DWORD filter, HANDLE object, DWORD_PTR key);
DWORD WINAPI GetClusterNotify(HCHANGE port, DWORD_PTR *key, DWORD *filter, WCHAR *name,
    DWORD *length, DWORD wait_ms);
BOOL WINAPI CloseClusterNotifyPort(HCHANGE port);

#endif

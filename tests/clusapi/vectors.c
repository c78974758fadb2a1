/* The vectors of the Cluster API, walked by a program in C: it knows nothing of the library but
 * what the public header says. EVSIM_SCENARIO has to name fixtures/clusapi/cluster.yaml, EVSIM_AT
 * five minutes; the argument is fixtures/clusapi/network-name.hex.
 *
 * Absent on purpose: any number that is not the documentation's or the scenario's. */
#ifdef _WIN32
#include <windows.h>
#include <clusapi.h>
#else
#include "clusapi.h"
#endif

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static int checks, failures;

#define CHECK(holds) \
    do { \
        checks++; \
        if (!(holds)) { \
            failures++; \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #holds); \
        } \
    } while (0)

#define ROOM 64
#define UNTOUCHED 0xffff

typedef const WCHAR *TEXT;
#define W(text) ((TEXT)u##text)

/* A buffer, the length that was told and came back. */
static WCHAR buffer[ROOM + 1];
static DWORD length;

/* A buffer of so many units, for the next call. */
static WCHAR *room(DWORD capacity) {
    for (int at = 0; at <= ROOM; at++) buffer[at] = UNTOUCHED;
    length = capacity;
    return buffer;
}

static int same(TEXT text, TEXT expected) {
    while (*text && *text == *expected) text++, expected++;
    return *text == *expected;
}

/* The latest call wrote this text, and its length without the NUL. */
static int wrote(TEXT expected) {
    DWORD units = 0;
    while (expected[units]) units++;
    return length == units && same(buffer, expected) && buffer[units + 1] == UNTOUCHED;
}

/* Capacity counts the NUL, the length that comes back does not; too small is 234 with the length
 * that is needed, and no buffer at all asks for it. */
static void names_keep_their_convention(HCLUSTER cluster) {
    CHECK(GetClusterInformation(cluster, room(12), &length, NULL) == 0);
    CHECK(wrote(W("MAILCLUSTER")));
    CHECK(GetClusterInformation(cluster, room(11), &length, NULL) == ERROR_MORE_DATA);
    CHECK(length == 11 && buffer[11] == UNTOUCHED);
    CHECK(GetClusterInformation(cluster, room(0), &length, NULL) == ERROR_MORE_DATA);
    CHECK(length == 11 && buffer[0] == UNTOUCHED);
    length = 0;
    CHECK(GetClusterInformation(cluster, NULL, &length, NULL) == 0);
    CHECK(length == 11);
}

/* The structure is asked for by its size; everything in it is written. */
static void versions_are_written_whole(HCLUSTER cluster) {
    CLUSTERVERSIONINFO info;
    CHECK(sizeof info == 284);
    CHECK(offsetof(CLUSTERVERSIONINFO, szVendorId) == 10);
    CHECK(offsetof(CLUSTERVERSIONINFO, dwClusterHighestVersion) == 268);
    memset(&info, 0xff, sizeof info);
    info.dwVersionInfoSize = sizeof info;
    CHECK(GetClusterInformation(cluster, room(ROOM), &length, &info) == 0);
    CHECK(info.MajorVersion == 5 && info.MinorVersion == 2 && info.BuildNumber == 3790);
    CHECK(info.szVendorId[0] == 0 && info.szVendorId[63] == 0 && info.szCSDVersion[63] == 0);
    CHECK(info.dwFlags == 0 && info.dwReserved == 0);
    info.dwVersionInfoSize = 1;
    CHECK(GetClusterInformation(cluster, room(ROOM), &length, &info) == ERROR_INVALID_PARAMETER);
}

/* Every list is read by the functions of its family, to 259, in a fixed order. */
#define LISTED(family, handle, kinds, ...) \
    do { \
        TEXT expected[] = {__VA_ARGS__}; \
        DWORD count = sizeof expected / sizeof *expected, kind = 0; \
        void *list = (void *)family##OpenEnum(handle, kinds); \
        CHECK(list != NULL); \
        CHECK(family##GetEnumCount(list) == count); \
        for (DWORD at = 0; at < count; at++) { \
            CHECK(family##Enum(list, at, &kind, room(ROOM), &length) == 0); \
            CHECK(wrote(expected[at]) && kind == (DWORD)(kinds)); \
        } \
        CHECK(family##Enum(list, 0, &kind, room(1), &length) == ERROR_MORE_DATA); \
        CHECK(family##Enum(list, count, &kind, room(ROOM), &length) == ERROR_NO_MORE_ITEMS); \
        CHECK(family##CloseEnum(list) == 0); \
        CHECK(family##CloseEnum(list) == ERROR_INVALID_HANDLE); \
    } while (0)

static void lists_keep_their_order(HCLUSTER cluster) {
    HGROUP group = OpenClusterGroup(cluster, W("evs1"));
    HGROUP names = OpenClusterGroup(cluster, W("Names"));
    HRESOURCE front = OpenClusterResource(cluster, W("front"));
    HRESOURCE address = OpenClusterResource(cluster, W("Address"));
    LISTED(Cluster, cluster, CLUSTER_ENUM_NODE, W("NODE1"), W("NODE2"));
    LISTED(Cluster, cluster, CLUSTER_ENUM_GROUP, W("Cluster Group"), W("EVS1"), W("Names"));
    LISTED(Cluster, cluster, CLUSTER_ENUM_NETWORK, W("Private"), W("Public"));
    /* The most preferred comes first. */
    LISTED(ClusterGroup, group, CLUSTER_GROUP_ENUM_NODES, W("NODE2"), W("NODE1"));
    LISTED(ClusterGroup, names, CLUSTER_GROUP_ENUM_CONTAINS, W("Address"), W("Front"));
    LISTED(ClusterResource, front, CLUSTER_RESOURCE_ENUM_DEPENDS, W("Address"));
    LISTED(ClusterResource, address, CLUSTER_RESOURCE_ENUM_PROVIDES, W("Front"));
    LISTED(ClusterResource, address, CLUSTER_RESOURCE_ENUM_NODES, W("NODE1"), W("NODE2"));
    CHECK(CloseClusterResource(address) && CloseClusterResource(front));
    CHECK(CloseClusterGroup(names) && CloseClusterGroup(group));
}

/* A state is the function's own value; the names come by the way, or not. */
static void states_have_their_numbers(HCLUSTER cluster) {
    HNODE node = OpenClusterNode(cluster, W("node2"));
    HGROUP names = OpenClusterGroup(cluster, W("NAMES"));
    HRESOURCE front = OpenClusterResource(cluster, W("Front"));
    HRESOURCE attendant =
        OpenClusterResource(cluster, W("Exchange System Attendant Instance - (EVS1)"));
    HNETWORK network = OpenClusterNetwork(cluster, W("Public"));
    WCHAR owner[ROOM];
    DWORD owner_length = ROOM, state = 0;
    CHECK(GetNodeClusterState(W("NODE1"), &state) == 0 && state == 19);
    CHECK(GetNodeClusterState(NULL, &state) == 0 && state == 19);
    CHECK(GetClusterNodeState(node) == 0);
    CHECK(GetClusterNodeId(node, room(ROOM), &length) == 0 && wrote(W("2")));
    CHECK(GetClusterGroupState(names, room(ROOM), &length) == 0 && wrote(W("NODE2")));
    CHECK(GetClusterGroupState(names, NULL, NULL) == 0);
    CHECK(GetClusterResourceState(front, owner, &owner_length, room(ROOM), &length) == 2);
    CHECK(wrote(W("Names")) && owner_length == 5 && same(owner, W("NODE2")));
    CHECK(GetClusterResourceState(front, NULL, NULL, NULL, NULL) == 2);
    CHECK(GetClusterNetworkState(network) == 3);
    /* A resource's network name is that of what it depends on. */
    CHECK(GetClusterResourceNetworkName(attendant, room(5), &length) && wrote(W("EVS1")));
    CHECK(!GetClusterResourceNetworkName(attendant, room(4), &length));
    CHECK(GetLastError() == ERROR_MORE_DATA && length == 4);
    CHECK(!GetClusterResourceNetworkName(front, room(ROOM), &length));
    CHECK(GetLastError() == ERROR_DEPENDENCY_NOT_FOUND);
    CHECK(CloseClusterNetwork(network) && CloseClusterResource(attendant));
    CHECK(CloseClusterResource(front));
    CHECK(CloseClusterGroup(names) && CloseClusterNode(node));
}

static DWORD bytes_of(const char *path, unsigned char *bytes, DWORD capacity) {
    FILE *file = fopen(path, "r");
    DWORD count = 0;
    unsigned byte;
    if (!file) return 0;
    while (count < capacity && fscanf(file, "%2x", &byte) == 1) bytes[count++] = byte;
    fclose(file);
    return count;
}

/* Control codes count in bytes: the property list of the worked example comes out to the byte. */
static void control_codes_count_in_bytes(HCLUSTER cluster, const char *example) {
    unsigned char expected[ROOM * 2], out[ROOM * 2 + 1];
    DWORD count = bytes_of(example, expected, sizeof expected), returned = 0;
    HRESOURCE front = OpenClusterResource(cluster, W("Front"));
    HGROUP group = OpenClusterGroup(cluster, W("EVS1"));
#define ASK(code, size) ClusterResourceControl(front, NULL, code, NULL, 0, out, size, &returned)
    CHECK(count == 96);
    memset(out, 0xff, sizeof out);
    CHECK(ASK(CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES, 95) == ERROR_MORE_DATA);
    CHECK(returned == 96 && out[0] == 0xff);
    CHECK(ASK(CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES, 96) == 0);
    CHECK(returned == 96 && memcmp(out, expected, 96) == 0 && out[96] == 0xff);
    CHECK(ClusterResourceControl(front, NULL, CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES, NULL, 0,
              NULL, 0, &returned) == 0);
    CHECK(returned == 96);
    /* Texts with their NUL. */
    CHECK(ASK(CLUSCTL_RESOURCE_GET_RESOURCE_TYPE, sizeof out) == 0 && returned == 26);
    CHECK(same((TEXT)(void *)out, W("Network Name")));
    CHECK(ASK(CLUSCTL_RESOURCE_GET_NETWORK_NAME, sizeof out) == 0 && returned == 10);
    CHECK(same((TEXT)(void *)out, W("EVS1")));
    CHECK(ASK(CLUSCTL_RESOURCE_GET_NAME, sizeof out) == 0 && returned == 12);
    /* A GUID, as it is written without braces. */
    CHECK(ASK(CLUSCTL_RESOURCE_GET_ID, sizeof out) == 0 && returned == 74);
    CHECK(ASK(0x0100ffff, sizeof out) == ERROR_INVALID_FUNCTION);
    CHECK(ClusterGroupControl(group, NULL, CLUSCTL_GROUP_GET_NAME, NULL, 0, out, sizeof out,
              &returned) == 0);
    CHECK(returned == 10 && same((TEXT)(void *)out, W("EVS1")));
    CHECK(CloseClusterGroup(group) && CloseClusterResource(front));
}

/* What does not exist, what is not to be done, what takes its time. */
static void errors_have_their_numbers(HCLUSTER cluster) {
    HNODE node = OpenClusterNode(cluster, W("NODE2"));
    CHECK(!OpenCluster(W("NOWHERE")) && GetLastError() == RPC_S_SERVER_UNAVAILABLE);
    CHECK(!OpenClusterNode(cluster, W("X")) && GetLastError() == ERROR_CLUSTER_NODE_NOT_FOUND);
    CHECK(!OpenClusterGroup(cluster, W("X")) && GetLastError() == ERROR_GROUP_NOT_FOUND);
    CHECK(!OpenClusterResource(cluster, W("X")) && GetLastError() == ERROR_RESOURCE_NOT_FOUND);
    CHECK(!OpenClusterNetwork(cluster, W("X")));
    CHECK(GetLastError() == ERROR_CLUSTER_NETWORK_NOT_FOUND);
    CHECK(ResumeClusterNode(node) == ERROR_CLUSTER_NODE_NOT_PAUSED);
    CHECK(EvictClusterNode(node) == ERROR_CANT_EVICT_ACTIVE_NODE);
    CHECK(CloseClusterNode(node));
}

/* No function takes a handle that is closed, of another kind, or made up. */
static void handles_are_known(void *bad) {
    DWORD returned = 0, kind = 0;
    DWORD_PTR key = 0;
    unsigned char out[ROOM];
#define REFUSED(call) CHECK((call) == ERROR_INVALID_HANDLE)
#define NONE(call) CHECK(!(call) && GetLastError() == ERROR_INVALID_HANDLE)
#define UNKNOWN(call) CHECK((call) == -1 && GetLastError() == ERROR_INVALID_HANDLE)
#define CONTROL(function, code) \
    REFUSED(function(bad, NULL, code, NULL, 0, out, sizeof out, &returned))
    REFUSED(GetClusterInformation(bad, room(ROOM), &length, NULL));
    REFUSED(GetClusterQuorumResource(bad, room(ROOM), &length, NULL, NULL, &kind));
    NONE(ClusterOpenEnum(bad, CLUSTER_ENUM_NODE));
    NONE(ClusterGetEnumCount(bad));
    REFUSED(ClusterEnum(bad, 0, &kind, room(ROOM), &length));
    REFUSED(ClusterCloseEnum(bad));
    NONE(ClusterNodeOpenEnum(bad, CLUSTER_NODE_ENUM_NETINTERFACES));
    REFUSED(ClusterNodeEnum(bad, 0, &kind, room(ROOM), &length));
    REFUSED(ClusterNodeCloseEnum(bad));
    NONE(ClusterGroupOpenEnum(bad, CLUSTER_GROUP_ENUM_NODES));
    REFUSED(ClusterGroupEnum(bad, 0, &kind, room(ROOM), &length));
    REFUSED(ClusterGroupCloseEnum(bad));
    NONE(ClusterResourceOpenEnum(bad, CLUSTER_RESOURCE_ENUM_NODES));
    REFUSED(ClusterResourceEnum(bad, 0, &kind, room(ROOM), &length));
    REFUSED(ClusterResourceCloseEnum(bad));
    NONE(ClusterNetworkOpenEnum(bad, CLUSTER_NETWORK_ENUM_NETINTERFACES));
    REFUSED(ClusterNetworkEnum(bad, 0, &kind, room(ROOM), &length));
    REFUSED(ClusterNetworkCloseEnum(bad));
    NONE(OpenClusterNode(bad, W("NODE1")));
    NONE(OpenClusterGroup(bad, W("EVS1")));
    NONE(OpenClusterResource(bad, W("Front")));
    NONE(OpenClusterNetwork(bad, W("Public")));
    NONE(OpenClusterNetInterface(bad, W("Public")));
    REFUSED(GetClusterNetInterface(bad, W("NODE1"), W("Public"), room(ROOM), &length));
    UNKNOWN((int)GetClusterNodeState(bad));
    UNKNOWN((int)GetClusterGroupState(bad, room(ROOM), &length));
    UNKNOWN((int)GetClusterResourceState(bad, NULL, NULL, room(ROOM), &length));
    UNKNOWN((int)GetClusterNetworkState(bad));
    UNKNOWN((int)GetClusterNetInterfaceState(bad));
    REFUSED(GetClusterNetworkId(bad, room(ROOM), &length));
    REFUSED(PauseClusterNode(bad));
    REFUSED(ResumeClusterNode(bad));
    REFUSED(EvictClusterNode(bad));
    REFUSED(OnlineClusterGroup(bad, NULL));
    REFUSED(OfflineClusterGroup(bad));
    REFUSED(MoveClusterGroup(bad, NULL));
    REFUSED(SetClusterGroupNodeList(bad, 0, NULL));
    REFUSED(OnlineClusterResource(bad));
    REFUSED(OfflineClusterResource(bad));
    REFUSED(FailClusterResource(bad));
    REFUSED(AddClusterResourceNode(bad, bad));
    REFUSED(RemoveClusterResourceNode(bad, bad));
    NONE(CanResourceBeDependent(bad, bad));
    NONE(GetClusterResourceNetworkName(bad, room(ROOM), &length));
    CONTROL(ClusterControl, CLUSCTL_CLUSTER_GET_COMMON_PROPERTIES);
    CONTROL(ClusterNodeControl, CLUSCTL_NODE_GET_ID);
    CONTROL(ClusterGroupControl, CLUSCTL_GROUP_GET_NAME);
    CONTROL(ClusterResourceControl, CLUSCTL_RESOURCE_GET_NAME);
    CONTROL(ClusterNetworkControl, CLUSCTL_NETWORK_GET_COMMON_PROPERTIES);
    CONTROL(ClusterNetInterfaceControl, CLUSCTL_NETINTERFACE_GET_NODE);
    NONE(CreateClusterNotifyPort((HCHANGE)INVALID_HANDLE_VALUE, bad, 0, 0));
    REFUSED(RegisterClusterNotify(bad, 0, bad, 0));
    REFUSED(GetClusterNotify(bad, &key, &kind, room(ROOM), &length, 0));
    NONE(CloseClusterNotifyPort(bad));
    NONE(CloseClusterNode(bad));
    NONE(CloseClusterGroup(bad));
    NONE(CloseClusterResource(bad));
    NONE(CloseClusterNetwork(bad));
    NONE(CloseClusterNetInterface(bad));
    NONE(CloseCluster(bad));
}

/* A change is told with kind, name and key until it is taken; then there is none: 258. Whoever
 * waits lets time go on: at ten minutes the scenario moves EVS1. */
static void ports_tell_of_changes(HCLUSTER cluster) {
    HCHANGE none = (HCHANGE)INVALID_HANDLE_VALUE;
    HCHANGE port = CreateClusterNotifyPort(none, cluster, CLUSTER_CHANGE_RESOURCE_STATE, 7);
    HRESOURCE address = OpenClusterResource(cluster, W("Address"));
    DWORD_PTR key = 0;
    DWORD kind = 0;
#define NEXT(size, wait_ms) GetClusterNotify(port, &key, &kind, room(size), &length, wait_ms)
    CHECK(NEXT(ROOM, 0) == WAIT_TIMEOUT);
    CHECK(OfflineClusterResource(address) == ERROR_IO_PENDING);
    CHECK(NEXT(3, 0) == ERROR_MORE_DATA && length == 5);
    /* What depends on it goes first. */
    CHECK(NEXT(ROOM, 0) == 0 && wrote(W("Front")));
    CHECK(key == 7 && kind == CLUSTER_CHANGE_RESOURCE_STATE);
    while (NEXT(ROOM, 60000) == 0) {
    }
    CHECK(CloseClusterNotifyPort(port));
    port = CreateClusterNotifyPort(none, cluster, CLUSTER_CHANGE_GROUP_STATE, 8);
    CHECK(NEXT(ROOM, 60000) == WAIT_TIMEOUT);
    CHECK(NEXT(ROOM, 600000) == 0 && wrote(W("EVS1")));
    CHECK(key == 8 && kind == CLUSTER_CHANGE_GROUP_STATE);
    CHECK(CloseClusterNotifyPort(port) && CloseClusterResource(address));
}

int main(int count, char **arguments) {
    HCLUSTER cluster = OpenCluster(W("NODE1"));
    if (count != 2 || !cluster) {
        fprintf(stderr, "usage: vectors NETWORK-NAME.HEX, with EVSIM_SCENARIO and EVSIM_AT\n");
        return 2;
    }
    names_keep_their_convention(cluster);
    versions_are_written_whole(cluster);
    lists_keep_their_order(cluster);
    states_have_their_numbers(cluster);
    control_codes_count_in_bytes(cluster, arguments[1]);
    errors_have_their_numbers(cluster);
    ports_tell_of_changes(cluster);
    void *list = (void *)ClusterOpenEnum(cluster, CLUSTER_ENUM_NODE);
    CHECK(ClusterCloseEnum(list) == 0);
    CHECK(CloseCluster(cluster));
    handles_are_known((void *)cluster);
    handles_are_known(list);
    handles_are_known(NULL);
    handles_are_known((void *)(DWORD_PTR)0xdeadbeefdeadbeefu);
    printf("%d vectors, %d do not hold\n", checks, failures);
    return failures != 0;
}

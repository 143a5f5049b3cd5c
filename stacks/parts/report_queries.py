"""Rows of reports as a table that Athena asks: nothing of it costs anything until somebody asks.

Partitions are projected from the day, so that nothing has to be crawled or added (Athena User Guide, "Partition
projection").
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

from staygreen.core.config.config import Config
from staygreen.core.dmarc import queries
from staygreen.core.naming import QUERIES_PREFIX, ROWS_PREFIX, UNPROVEN_PREFIX

SCAN_LIMIT = 10 * 1024**3
"""Bytes that one question may read: a mistake costs five cents (5 USD a TB)."""
_FIRST_DAY = "2020-01-01"
_SERDE = "org.openx.data.jsonserde.JsonSerDe"


class ReportQueries(Construct):
    """A database with a table for proven rows and one for the others, a workgroup, and saved queries."""

    def __init__(self, scope: Construct, id: str, *, config: Config, bucket: s3.Bucket) -> None:
        super().__init__(scope, id)
        self._bucket = bucket
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Stack.of(self).account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=config.names.database, description="staygreen: rows of DMARC reports"
            ),
        )
        for name, prefix, what in (
            (queries.TABLE, ROWS_PREFIX, "Records of reports that are proven genuine"),
            (queries.UNPROVEN_TABLE, UNPROVEN_PREFIX, "Records of reports that anybody may have sent"),
        ):
            self._table(config, name, prefix, what).add_resource_dependency(database)
        workgroup = athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=config.names.workgroup,
            description="staygreen: questions to rows of DMARC reports",
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                bytes_scanned_cutoff_per_query=SCAN_LIMIT,
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=False,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{bucket.bucket_name}/{QUERIES_PREFIX}",
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )
        for query in queries.QUERIES:
            saved = athena.CfnNamedQuery(
                self,
                query.name.capitalize(),
                database=config.names.database,
                query_string=query.sql(queries.TABLE),
                name=query.name,
                description=query.question,
                work_group=config.names.workgroup,
            )
            saved.add_resource_dependency(workgroup)

    def _table(self, config: Config, name: str, prefix: str, what: str) -> glue.CfnTable:
        place = f"s3://{self._bucket.bucket_name}/{prefix}"
        parameters: dict[str, Any] = {
            "projection.enabled": "true",
            "projection.day.type": "date",
            "projection.day.format": "yyyy-MM-dd",
            "projection.day.range": f"{_FIRST_DAY},NOW",
            "storage.location.template": f"{place}day=${{day}}/",
        }
        return glue.CfnTable(
            self,
            name.capitalize(),
            catalog_id=Stack.of(self).account,
            database_name=config.names.database,
            table_input=glue.CfnTable.TableInputProperty(
                name=name,
                description=what,
                table_type="EXTERNAL_TABLE",
                parameters=parameters,
                partition_keys=[glue.CfnTable.ColumnProperty(name="day", type="string")],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=place,
                    input_format="org.apache.hadoop.mapred.TextInputFormat",
                    output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    columns=[
                        glue.CfnTable.ColumnProperty(name=column, type=type_)
                        for column, type_ in queries.COLUMNS.items()
                    ],
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=_SERDE, parameters={"ignore.malformed.json": "true"}
                    ),
                ),
            ),
        )
